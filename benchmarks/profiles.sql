-- The columns of a profile as one would write them by hand for DuckDB: a common table expression for each table, one
-- pass where one will do. The tables are views of that name; getvariable('day') is the day, getvariable('until') the
-- first moment after it.
WITH lines AS (
    SELECT *, timestamp::DATE AS day, quantity > 0 AS bought, date_diff('day', timestamp::DATE, getvariable('day')) AS age
    FROM order_lines WHERE timestamp < getvariable('until')
), purchases AS (
    SELECT
        customer_id,
        min(timestamp) AS first_seen,
        count(DISTINCT order_id) FILTER (bought) AS frequency,
        count(*) FILTER (bought) AS n_items,
        min(day) FILTER (bought) AS first_order,
        max(day) FILTER (bought) AS last_order,
        sum(quantity * unit_price) AS monetary,
        count(*) FILTER (quantity < 0) AS lines_back,
        avg((discount > 0)::INT) FILTER (bought) AS discount_share,
        avg(discount) FILTER (bought) AS mean_discount,
        avg(returned::INT) FILTER (bought AND age >= 30) AS flagged_share,
        count(DISTINCT order_id) FILTER (bought AND age < 90) AS orders_90d,
        sum(quantity * unit_price) FILTER (age < 90) AS monetary_90d
    FROM lines GROUP BY ALL
), order_days AS (
    SELECT customer_id, day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
    FROM (SELECT DISTINCT customer_id, day FROM lines WHERE bought)
), gaps AS (
    SELECT customer_id, count(*) AS order_days, avg(gap) AS mean_gap, stddev_samp(gap) AS sd_gap
    FROM order_days GROUP BY ALL
), goods AS (
    SELECT customer_id, timestamp, department, category, brand
    FROM lines JOIN products USING (product_id) WHERE bought
), departments AS (
    SELECT customer_id, department AS value, count(*) AS n, max(timestamp) AS latest
    FROM goods WHERE department IS NOT NULL GROUP BY ALL
), department AS (
    SELECT customer_id, first(value ORDER BY n DESC, latest DESC, value) AS favourite_department, max(n) / sum(n) AS favourite_department_share,
        count(*) AS n_departments
    FROM departments GROUP BY ALL
), categories AS (
    SELECT customer_id, category AS value, count(*) AS n, max(timestamp) AS latest
    FROM goods WHERE category IS NOT NULL GROUP BY ALL
), category AS (
    SELECT customer_id, first(value ORDER BY n DESC, latest DESC, value) AS favourite_category, max(n) / sum(n) AS favourite_category_share
    FROM categories GROUP BY ALL
), brands AS (
    SELECT customer_id, brand AS value, count(*) AS n, max(timestamp) AS latest
    FROM goods WHERE brand IS NOT NULL GROUP BY ALL
), brand AS (
    SELECT customer_id, first(value ORDER BY n DESC, latest DESC, value) AS favourite_brand, max(n) / sum(n) AS favourite_brand_share,
        count(*) AS n_brands
    FROM brands GROUP BY ALL
), acts AS (
    SELECT
        customer_id,
        min(timestamp) AS first_seen,
        count(*) FILTER (event = 'view') AS n_views,
        count(*) FILTER (event = 'basket') AS n_baskets,
        count(*) FILTER (event = 'return') AS returns,
        count(DISTINCT product_id) FILTER (event = 'view') AS n_products_viewed
    FROM interactions WHERE timestamp < getvariable('until') GROUP BY ALL
), seen AS (
    SELECT *, hour(timestamp) AS hour, date_diff('day', timestamp::DATE, getvariable('day')) AS age
    FROM sessions WHERE timestamp < getvariable('until')
), visits AS (
    SELECT
        customer_id,
        min(timestamp) AS first_seen,
        count(*) AS n_visits,
        max(timestamp)::DATE AS last_visit,
        avg((hour < 6)::INT) AS night_share,
        avg((hour BETWEEN 6 AND 11)::INT) AS morning_share,
        avg((hour BETWEEN 12 AND 17)::INT) AS afternoon_share,
        avg((hour >= 18)::INT) AS evening_share,
        avg((isodow(timestamp) >= 6)::INT) AS weekend_share,
        count(*) FILTER (age < 30) AS visits_30d,
        count(*) FILTER (age BETWEEN 30 AND 59) AS visits_prior_30d
    FROM seen GROUP BY ALL
), hours AS (
    SELECT customer_id, first(hour ORDER BY n DESC, latest DESC, hour) AS favourite_hour
    FROM (SELECT customer_id, hour, count(*) AS n, max(timestamp) AS latest FROM seen GROUP BY ALL)
    GROUP BY ALL
), channels AS (
    SELECT
        customer_id,
        first(channel ORDER BY n DESC, latest DESC, channel) AS favourite_channel,
        coalesce(sum(n) FILTER (channel = 'web'), 0) / sum(n) AS web_share,
        coalesce(sum(n) FILTER (channel = 'app'), 0) / sum(n) AS app_share,
        coalesce(sum(n) FILTER (channel = 'email'), 0) / sum(n) AS email_share,
        coalesce(sum(n) FILTER (channel = 'social'), 0) / sum(n) AS social_share,
        coalesce(sum(n) FILTER (channel = 'store'), 0) / sum(n) AS store_share,
        coalesce(sum(n) FILTER (channel = 'call_centre'), 0) / sum(n) AS call_centre_share,
        coalesce(sum(n) FILTER (channel NOT IN ('web', 'app', 'email', 'social', 'store', 'call_centre')), 0) / sum(n)
            AS other_channel_share
    FROM (
        SELECT customer_id, channel, count(*) AS n, max(timestamp) AS latest
        FROM seen WHERE channel IS NOT NULL GROUP BY ALL
    ) GROUP BY ALL
), messages_sent AS (
    SELECT
        customer_id,
        min(timestamp) AS first_seen,
        count(*) FILTER (channel = 'email') AS n_emails,
        avg(opened::INT) FILTER (channel = 'email') AS email_open_rate,
        avg(clicked::INT) FILTER (channel = 'email') AS email_click_rate,
        avg(clicked::INT) FILTER (channel NOT IN ('email', 'none')) AS message_click_rate,
        count(*) FILTER (unsubscribed) AS n_unsubscribes
    FROM contacts WHERE timestamp < getvariable('until') GROUP BY ALL
), support AS (
    SELECT customer_id, min(timestamp) AS first_seen, count(*) AS n_support_messages, max(timestamp)::DATE AS last_support
    FROM messages WHERE timestamp < getvariable('until') GROUP BY ALL
), kind AS (
    SELECT customer_id, timestamp, CASE WHEN rating BETWEEN 1 AND 5 THEN (rating - 3) / 2 END AS sentiment
    FROM reviews WHERE timestamp < getvariable('until')
), written AS (
    SELECT
        customer_id,
        min(timestamp) AS first_seen,
        count(*) AS n_reviews,
        max(timestamp)::DATE AS last_review,
        avg(sentiment) AS mean_sentiment
    FROM kind GROUP BY ALL
), latest_review AS (
    SELECT customer_id, arg_max(sentiment, timestamp) AS last_sentiment
    FROM (SELECT customer_id, timestamp, avg(sentiment) AS sentiment FROM kind GROUP BY ALL)
    GROUP BY ALL
), rated AS (
    SELECT customer_id, min(timestamp) AS first_seen, avg(rating) AS mean_rating
    FROM ratings WHERE timestamp < getvariable('until') GROUP BY ALL
), choices AS (
    SELECT customer_id, purpose, arg_max(granted, (timestamp, NOT granted)) AS granted
    FROM consents WHERE timestamp < getvariable('until') GROUP BY ALL
), agreed AS (
    SELECT customer_id, coalesce(string_agg(purpose, ',' ORDER BY purpose) FILTER (granted), '') AS consented_to
    FROM choices GROUP BY ALL
), people AS (
    SELECT customer_id, signed_up AS first_seen, age_band, gender, region
    FROM customers WHERE signed_up < getvariable('until') OR signed_up IS NULL
), everybody AS (
    SELECT customer_id, min(first_seen) AS first_seen FROM (
        SELECT customer_id, first_seen FROM people
        UNION ALL SELECT customer_id, first_seen FROM purchases
        UNION ALL SELECT customer_id, first_seen FROM acts
        UNION ALL SELECT customer_id, first_seen FROM visits
        UNION ALL SELECT customer_id, first_seen FROM messages_sent
        UNION ALL SELECT customer_id, first_seen FROM support
        UNION ALL SELECT customer_id, first_seen FROM written
        UNION ALL SELECT customer_id, first_seen FROM rated
    ) GROUP BY ALL
)
SELECT
    customer_id,
    date_diff('day', last_order, getvariable('day')) AS recency_days,
    coalesce(frequency, 0) AS frequency,
    coalesce(monetary, 0) AS monetary,
    date_diff('day', everybody.first_seen::DATE, getvariable('day')) AS tenure_days,
    mean_gap AS mean_inter_purchase_days,
    coalesce(order_days, 0) AS order_days,
    date_diff('day', first_order, getvariable('day')) AS first_order_days,
    coalesce(n_items, 0) AS n_items,
    coalesce(n_views, 0) AS n_views,
    favourite_department,
    favourite_channel,
    discount_share,
    CASE WHEN n_items > 0 THEN least(greatest(coalesce(lines_back, 0), coalesce(returns, 0)) / n_items, 1.0) END AS return_rate,
    email_open_rate,
    mean_rating,
    age_band,
    gender,
    region,
    monetary / nullif(frequency, 0) AS mean_order_value,
    sd_gap AS sd_inter_purchase_days,
    coalesce(n_visits, 0) AS n_visits,
    date_diff('day', last_visit, getvariable('day')) AS last_visit_days,
    web_share, app_share, email_share, social_share, store_share, call_centre_share, other_channel_share,
    favourite_department_share,
    favourite_category,
    favourite_category_share,
    favourite_brand,
    favourite_brand_share,
    coalesce(n_departments, 0) AS n_departments,
    coalesce(n_brands, 0) AS n_brands,
    mean_discount,
    night_share, morning_share, afternoon_share, evening_share, weekend_share,
    favourite_hour,
    coalesce(n_baskets, 0) AS n_baskets,
    coalesce(n_products_viewed, 0) AS n_products_viewed,
    coalesce(n_emails, 0) AS n_emails,
    email_click_rate,
    message_click_rate,
    coalesce(n_unsubscribes, 0) AS n_unsubscribes,
    coalesce(n_support_messages, 0) AS n_support_messages,
    date_diff('day', last_support, getvariable('day')) AS last_support_days,
    coalesce(n_reviews, 0) AS n_reviews,
    date_diff('day', last_review, getvariable('day')) AS last_review_days,
    last_sentiment,
    mean_sentiment,
    coalesce(visits_30d, 0) AS visits_30d,
    coalesce(visits_prior_30d, 0) AS visits_prior_30d,
    ln((coalesce(visits_30d, 0) + 1) / (coalesce(visits_prior_30d, 0) + 1)) AS engagement_trend,
    coalesce(orders_90d, 0) AS orders_90d,
    coalesce(monetary_90d, 0) AS monetary_90d,
    consented_to
FROM everybody
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM people) USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM purchases) USING (customer_id)
LEFT JOIN gaps USING (customer_id)
LEFT JOIN department USING (customer_id)
LEFT JOIN category USING (customer_id)
LEFT JOIN brand USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM acts) USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM visits) USING (customer_id)
LEFT JOIN hours USING (customer_id)
LEFT JOIN channels USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM messages_sent) USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM support) USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM written) USING (customer_id)
LEFT JOIN latest_review USING (customer_id)
LEFT JOIN (SELECT * EXCLUDE (first_seen) FROM rated) USING (customer_id)
LEFT JOIN agreed USING (customer_id)
ORDER BY customer_id
