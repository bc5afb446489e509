"""Did it work, and how sure are we: experiments, what they cost and earned, and how far the best possible is."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignment": ["assign"],
        "contact_history": ["ContactHistory", "contact_history"],
        "experiment": ["Comparison", "compare_arms", "sample_ratio_p_value"],
        "message_response": ["MessageResponse"],
        "message_trial": [
            "NO_MESSAGE",
            "choose_messages",
            "gains_if",
            "message_margins",
            "message_options",
            "plan_value",
            "trial_messages",
        ],
        "off_policy": ["action_values", "cautious_choice", "policy_value"],
        "testbed": ["HeldOutTestbed", "Testbed", "WorldTestbed", "testbed"],
        "trial": ["Trial"],
    },
)
