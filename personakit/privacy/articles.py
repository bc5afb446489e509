"""Which articles of the GDPR and of California's CCPA speak about each step, as facts to look up; no legal advice.

GDPR: Regulation (EU) 2016/679. CCPA: California Civil Code, section 1798.100 and following, as amended by the CPRA of
2020, in force since 2023. Two differences run through the whole table: the GDPR asks for a lawful basis before anything
is done with personal data, while the CCPA lets a business begin and gives the consumer the right to say no; and the
CCPA speaks to businesses above certain sizes only (1798.140(d)).
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

import pandas as pd

from personakit.errors import UnknownNameError

__all__ = ["articles"]


class _Step(NamedTuple):
    step: str
    calls: str
    gdpr: str
    gdpr_says: str
    ccpa: str
    ccpa_says: str


_STEPS: tuple[_Step, ...] = (
    _Step(
        "ask",
        "ConsentLedger.grant",
        "4(11), 6(1)(a), 7(1)",
        "Consent is freely given, specific, informed and unambiguous, by a statement or a clear affirmative act; it is "
        "one of six lawful bases; whoever relies on it must be able to show it.",
        "1798.100(a), 1798.140(h)",
        "At or before collection, tell which categories of data are collected, what for and for how long they are "
        "kept. Consent, where it is asked for, is specific and informed; dark patterns do not give it.",
    ),
    _Step(
        "withdraw",
        "ConsentLedger.withdraw",
        "7(3), 21(1) to (3)",
        "Consent can be withdrawn at any time, as easily as it was given. Against legitimate interests one may "
        "object; against direct marketing always.",
        "1798.120, 1798.121, 1798.135",
        "Opt out of the sale and sharing of data; limit the use of sensitive data; by a link or a signal of the "
        "browser. After a no, wait twelve months before asking again.",
    ),
    _Step(
        "keep to the purpose",
        "gate, check_use",
        "5(1)(b), 6(4)",
        "Data are collected for stated purposes and not used in a way that is incompatible with them.",
        "1798.100(a)(1), 1798.100(c)",
        "No use for a purpose that is incompatible with the one that was told, without telling anew.",
    ),
    _Step(
        "take only what is needed",
        "gate(columns=), register_purpose",
        "5(1)(c), 5(1)(e), 25",
        "Data are limited to what the purpose needs, and kept no longer than that; by design and by default.",
        "1798.100(a)(3), 1798.100(c)",
        "Collection, use, keeping and sharing are reasonably necessary and proportionate to the purpose.",
    ),
    _Step(
        "take names out",
        "Pseudonymiser, scrub, masked",
        "4(5), 5(1)(f), 32(1)(a), recital 26",
        "Pseudonymised data stay personal data; pseudonyms are one of the security measures that are named.",
        "1798.140(aa), 1798.140(m), 1798.100(e)",
        "Defines to pseudonymise, and deidentified, which asks for more; reasonable security is owed.",
    ),
    _Step(
        "show her everything",
        "Holdings.export",
        "12(3), 15, 20",
        "A copy of the data and what they are used for, within one month (two more where it is complex); in some cases "
        "in a format that a machine reads, to take elsewhere.",
        "1798.110, 1798.115, 1798.130(a)",
        "Know what was collected, sold and shared, to whom and why, within 45 days (45 more with notice).",
    ),
    _Step(
        "correct",
        "ProfileStore.append",
        "5(1)(d), 16, 19",
        "Wrong data are rectified, and recipients are told.",
        "1798.106",
        "Have inaccurate data corrected.",
    ),
    _Step(
        "erase",
        "Holdings.erase",
        "17, 19",
        "Erase without undue delay, on the grounds of 17(1), such as withdrawn consent; 17(3) lists exceptions, such "
        "as a legal duty to keep. Recipients are told.",
        "1798.105",
        "Delete what was collected from the consumer, and tell service providers and third parties to do so; (d) lists "
        "exceptions.",
    ),
    _Step(
        "explain",
        "Holdings.explain_use, Holdings.log",
        "12(1), 13, 14, 15(1)(h), 22",
        "In plain language: what for, on which basis, for how long, which rights. Of a decision by a machine alone "
        "that affects her significantly: its logic; a person to look at it; the right to contest it.",
        "1798.130(a)(5), 1798.185(a)",
        "A privacy policy that states the rights. The regulator makes rules on automated decisions; they were "
        "approved in September 2025.",
    ),
    _Step(
        "publish numbers, not people",
        "PrivateStatistics, anonymity, generalise",
        "5(1)(e), 89(1), recitals 26 and 162",
        "The regulation does not apply to anonymous information: that from which nobody can be identified by means "
        "reasonably likely to be used.",
        "1798.140(b), 1798.140(m), 1798.140(v)(3)",
        "Aggregate and deidentified information is not personal information; one must not try to reidentify it.",
    ),
    _Step(
        "treat groups alike",
        "fairness_of_recommendations, fairness_of_offers",
        "5(1)(a), recital 71",
        "Processing is lawful, fair and transparent; profiling uses appropriate statistical procedures and prevents "
        "discriminatory effects.",
        "1798.185(a)",
        "The regulator makes rules on risk assessments. Discrimination itself is the matter of other laws.",
    ),
    _Step(
        "set a price for one person",
        "fairness_of_prices, fair_prices",
        "13(2)(f), 22; Directive 2011/83/EU 6(1)(ea)",
        "Decisions by machine as above. The Consumer Rights Directive asks the trader to say that the price was "
        "personalised by automated decision-making.",
        "1798.125",
        "No worse price or service for who exercised a right, unless the difference is reasonably related to the value "
        "of the data; incentives need an opt-in.",
    ),
    _Step(
        "listen and look",
        "purposes voice and image",
        "4(14), 9(1), 9(2)(a)",
        "Biometric data that identify a person uniquely are a special category: forbidden but for listed exceptions, "
        "explicit consent among them.",
        "1798.121, 1798.140(c), 1798.140(ae)",
        "Biometric information processed to identify a consumer is sensitive; its use can be limited.",
    ),
    _Step(
        "keep the record and judge the risk",
        "Holdings.overview",
        "5(2), 30, 35",
        "Show that the rules are kept; keep a record of processing; assess the impact beforehand where the risk is "
        "high, such as extensive profiling with significant effects.",
        "1798.185(a)",
        "The regulator makes rules on risk assessments; they were approved in September 2025.",
    ),
)


def articles(step: str | None = None) -> pd.DataFrame:
    """What the GDPR and the CCPA say about each step that personakit has a call for: facts, not legal advice.

    Parameters
    ----------
    step : str, optional
        One step only.

    Returns
    -------
    DataFrame, indexed by step
        calls (what does it in personakit), gdpr and ccpa (articles and sections), gdpr_says and ccpa_says (what they
        say, shortened: read them before you rely on them).

    Raises
    ------
    UnknownNameError
        There is no such step.

    References
    ----------
    Regulation (EU) 2016/679, https://eur-lex.europa.eu/eli/reg/2016/679/oj; Directive 2011/83/EU as amended by
    Directive (EU) 2019/2161; California Civil Code 1798.100 to 1798.199.100.

    Examples
    --------
    >>> articles("erase")[["gdpr", "ccpa"]].iloc[0].tolist()
    ['17, 19', '1798.105']
    >>> articles().index[:3].tolist()
    ['ask', 'withdraw', 'keep to the purpose']
    """
    table = pd.DataFrame(_STEPS).set_index("step")
    if step is None:
        return table
    if step not in table.index:
        near = get_close_matches(str(step), list(table.index), n=1)
        guess = f"; did you mean {near[0]!r}?" if near else "."
        raise UnknownNameError(f"articles: there is no step {step!r}{guess} Steps are: {', '.join(table.index)}.")
    return table.loc[[step]]
