"""The other names that tables and columns go by, in shops and in the data sets of the literature."""

from __future__ import annotations

from personakit.data.canonical import CANONICAL

__all__ = ["LINE_TOTAL", "TABLE_SYNONYMS", "synonyms"]

LINE_TOTAL = "line_total"
"""Not a canonical column: the money of a whole order line, from which `unit_price` is made."""

# Small letters and digits only, the likeliest first.
_TABLES = {
    "order_lines": "orders order_items orderlines transactions sales purchases invoices basket_lines",
    "customers": "users clients people members households accounts",
    "products": "items articles catalogue catalog movies films books skus goods",
    "interactions": "events clicks clickstream logs behaviour behavior activity",
    "ratings": "stars scores",
    "messages": "tickets support enquiries inquiries",
    "consents": "permissions optins",
    "sessions": "visits",
    "contacts": "campaigns sends mailings",
    "exposures": "impressions slates",
    "prices": "price_history",
    "identities": "records",
}
_EVERYWHERE = {
    "customer_id": (
        "user userid uid customer cust custid custno customerno customernumber client clientid member memberid "
        "memberno visitor visitorid household householdid householdkey buyer buyerid shopper shopperid reviewerid "
        "reviewer person personid account accountid kunde"
    ),
    "product_id": (
        "item itemid itemno product prod prodid productno productcode sku skuid article articleid articleno "
        "stockcode movie movieid film filmid book bookid isbn asin ean upc gtin artist artistid track trackid "
        "artikel"
    ),
    "timestamp": (
        "ts time date datetime when createdat created invoicedate orderdate orderedat purchasedate eventtime "
        "eventdate eventtimestamp transactiontimestamp transactiondate unixtime unixreviewtime reviewtime "
        "reviewdate occurredat day datum timestampms timestamputc"
    ),
    "session_id": "session visit visitid",
}
_BY_TABLE = {
    "ratings": {
        "rating": "stars score rate overall value grade mark vote preference",
    },
    "reviews": {
        "review_id": "id review",
        "rating": "stars score rate overall grade",
        "text": "reviewtext body comment content words message review",
    },
    "order_lines": {
        "order_id": (
            "order orderno ordernumber orderid invoice invoiceno invoicenumber invoiceid basket basketid "
            "transactionid transaction receipt receiptid receiptno txnid bestellung"
        ),
        "quantity": "qty units pieces count amountsold menge numitems",
        "unit_price": "unitprice price priceperunit priceeach itemprice sellingprice saleprice preis",
        "list_price": "listprice rrp msrp regularprice fullprice originalprice",
        "discount": "discountrate discountshare discountpct rebate",
        LINE_TOTAL: (
            "linetotal total totalprice salesvalue sales revenue spend amount linevalue extendedprice lineamount "
            "dollars monetary turnover"
        ),
        "channel": "saleschannel",
        "returned": "isreturn isreturned return",
    },
    "products": {
        "product_id": "id",
        "title": "name productname itemname producttitle description1 label",
        "description": "desc productdescription details text longdescription",
        "department": "dept division",
        "category": "productcategory cat genre genres producttype categoryname type",
        "subcategory": "subcat subcategoryname producttype",
        "brand": "manufacturer maker label publisher vendor",
        "colour": "color",
        "price": "listprice unitprice rrp msrp retailprice",
        "unit_cost": "cost costprice purchaseprice cogs",
        "launched": "launchdate releasedate released launch publicationdate",
    },
    "customers": {
        "customer_id": "id",
        "given_name": "firstname first forename givenname vorname",
        "family_name": "lastname last surname familyname nachname",
        "email": "mail emailaddress",
        "signed_up": "signupdate signup registered registrationdate joined joindate createdat since",
        "age_band": "age agegroup agerange ageband",
        "gender": "sex",
        "region": "country state area location",
        "acquisition": "acquisitionchannel referrer source",
    },
    "interactions": {
        "event": "eventtype action type behaviour behavior behaviortype eventname interaction",
        "channel": "platform",
    },
    "messages": {
        "message_id": "id ticket ticketid",
        "text": "body message content question query",
        "reply": "answer response",
    },
    "exposures": {
        "position": "rank slot place",
        "propensity": "propensityscore pscore probability",
        "clicked": "click clicks",
    },
    "sessions": {
        "session_id": "id",
        "channel": "source platform medium",
    },
    "contacts": {
        "contact_id": "id",
        "theme": "campaign content",
        "clicked": "click",
        "opened": "open",
    },
    "prices": {
        "week": "date weekstart",
        "price": "unitprice",
        "list_price": "regularprice",
    },
    "consents": {
        "granted": "optin consent allowed",
        "purpose": "use",
    },
    "identities": {
        "record_id": "id",
        "phone": "telephone mobile tel",
        "postcode": "zip zipcode postalcode",
        "city": "town",
        "street": "address",
    },
}

TABLE_SYNONYMS = {table: tuple(words.split()) for table, words in _TABLES.items()}


def synonyms(table: str) -> dict[str, tuple[str, ...]]:
    """For each canonical column of a table the other names it goes by, simplified to small letters and digits.

    >>> "stars" in synonyms("ratings")["rating"]
    True
    """
    known = {column: tuple(_EVERYWHERE.get(column, "").split()) for column in CANONICAL[table].columns}
    for column, words in _BY_TABLE.get(table, {}).items():
        known[column] = (*words.split(), *known.get(column, ()))
    return known
