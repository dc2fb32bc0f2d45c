{#-
    How a feature reads: a dictionary of `label`, `kind`, `missing` and `family`. Of kind `count` there is more or fewer, an `amount`
    is money, a `share` is shown as per cent and its label begins with that word, and a `number` is any other. `missing`
    is what a null means and what anything else does. Of one `family` are the windows of a feature: orders, orders in 90
    days. A feature that is not listed reads as its name.
-#}
{% macro feature_label(feature) %}
    {%- set labels = {
        'is_in_crm': ('share known to the CRM', 'share'),
        'is_in_erp': ('share known to the ERP', 'share'),
        'is_in_tracking': ('share known to tracking', 'share'),
        'age_years': ('age', 'number'),
        'household_size': ('people in the household', 'count'),
        'annual_income': ('annual income', 'number'),
        'area_median_income': ('median income of the area', 'number'),
        'days_since_registered': ('days since registration', 'count'),
        'has_marketing_consent': ('share with consent to marketing', 'share'),
        'recency_days': ('days since the last order', 'count', ('never bought', 'bought before')),
        'days_since_first_order': ('days since the first order', 'count', ('never bought', 'bought before')),
        'order_count': ('orders', 'count'),
        'revenue': ('revenue', 'amount'),
        'item_count': ('items bought', 'count'),
        'average_order_value': ('average order value', 'amount', ('never bought', 'bought before')),
        'average_order_value_growth': ('growth of the order value', 'number'),
        'return_share': ('share returned', 'share'),
        'discount_share': ('share discounted', 'share'),
        'cancellation_share': ('share of orders cancelled', 'share'),
        'category_count': ('categories bought', 'count'),
        'category_entropy': ('spread over categories', 'number'),
        'favourite_category_share': ('share of the favourite category', 'share'),
        'average_days_between_orders': ('days between orders', 'count', ('one order at most', 'two orders or more')),
        'days_between_orders_deviation': ('deviation of the days between orders', 'number'),
        'last_order_gap_days': ('days before the last order', 'count', ('one order at most', 'two orders or more')),
        'days_since_last_session': ('days since the last visit', 'count', ('never visited', 'visited before')),
        'session_count': ('visits', 'count'),
        'active_day_count': ('days with a visit', 'count'),
        'page_view_count': ('page views', 'count'),
        'product_view_count': ('product views', 'count'),
        'add_to_cart_count': ('additions to the cart', 'count'),
        'cart_abandonment_share': ('share of carts abandoned', 'share', ('never used the cart', 'used the cart before')),
        'session_conversion_share': ('share of visits with order', 'share', ('never visited', 'visited before')),
        'engaged_minutes': ('minutes on site or app', 'count'),
        'mobile_share': ('share of visits by phone', 'share'),
        'tablet_share': ('share of visits by tablet', 'share'),
        'desktop_share': ('share of visits by computer', 'share'),
        'app_share': ('share of visits in the app', 'share'),
        'night_share': ('share of visits at night', 'share'),
        'morning_share': ('share of visits in the morning', 'share'),
        'afternoon_share': ('share of visits in the afternoon', 'share'),
        'evening_share': ('share of visits in the evening', 'share'),
        'weekend_share': ('share of visits at the weekend', 'share'),
        'abroad_share': ('share of visits from abroad', 'share'),
        'campaign_sent_count': ('campaign messages', 'count'),
        'campaign_opened_count': ('campaign messages opened', 'count'),
        'campaign_clicked_count': ('campaign messages clicked', 'count'),
        'campaign_open_share': ('share of campaigns opened', 'share', ('no campaign arrived', 'campaigns arrived')),
        'campaign_click_share': ('share of campaigns clicked', 'share', ('no campaign arrived', 'campaigns arrived')),
        'email_sent_count': ('e-mails', 'count'),
        'email_open_share': ('share of e-mails opened', 'share'),
        'email_click_share': ('share of e-mails clicked', 'share'),
        'sms_sent_count': ('text messages', 'count'),
        'sms_open_share': ('share of text messages opened', 'share'),
        'sms_click_share': ('share of text messages clicked', 'share'),
        'push_sent_count': ('push messages', 'count'),
        'push_open_share': ('share of push messages opened', 'share'),
        'push_click_share': ('share of push messages clicked', 'share'),
        'days_since_last_campaign_open': ('days since a campaign was opened', 'count', ('never opened', 'opened before')),
        'days_since_last_campaign_click': ('days since a campaign was clicked', 'count', ('never clicked', 'clicked before')),
        'is_unsubscribed': ('share unsubscribed', 'share'),
    } -%}
    {%- set window = modules.re.fullmatch('(.+)_(\\d+)_days', feature) -%}
    {%- set topic = modules.re.fullmatch('topic_(\\d+)_share', feature) -%}
    {%- set survey = modules.re.fullmatch('survey_(.+)_score', feature) -%}
    {%- set suffix, family = '', feature -%}
    {%- if feature in labels -%}
        {%- set found = labels[feature] -%}
    {%- elif window and window.group(1) in labels -%}
        {%- set found = labels[window.group(1)] -%}
        {%- set suffix, family = ' in ' ~ window.group(2) ~ ' days', window.group(1) -%}
    {%- elif topic -%}
        {%- set found = ('share of topic ' ~ topic.group(1) ~ ' in answers', 'share') -%}
    {%- elif survey -%}
        {%- set found = ('survey score for ' ~ survey.group(1) | replace('_', ' '), 'number') -%}
    {%- else -%}
        {%- set found = (feature | replace('_', ' '), 'number') -%}
    {%- endif -%}
    {{- return({
        'label': found[0] ~ suffix,
        'kind': found[1],
        'missing': found[2] if found | length > 2 and not suffix else none,
        'family': family,
    }) -}}
{% endmacro %}
