"""Tables of the demo data: the input contract's columns, in its order, with their Arrow types."""

from __future__ import annotations

import pyarrow as pa

_TEXT = pa.string()
_NUMBER = pa.float64()
_COUNT = pa.int64()
_BOOLEAN = pa.bool_()
_TIMESTAMP = pa.timestamp("us")

TABLES: dict[str, pa.Schema] = {
    "crm_customers": pa.schema(
        [
            ("crm_customer_id", _TEXT),
            ("email", _TEXT),
            ("phone", _TEXT),
            ("user_id", _TEXT),
            ("first_name", _TEXT),
            ("last_name", _TEXT),
            ("birth_date", _TEXT),
            ("gender", _TEXT),
            ("family_status", _TEXT),
            ("household_size", _COUNT),
            ("annual_income", _NUMBER),
            ("postal_code", _TEXT),
            ("city", _TEXT),
            ("country", _TEXT),
            ("is_test", _BOOLEAN),
            ("created_at", _TIMESTAMP),
            ("updated_at", _TIMESTAMP),
        ]
    ),
    "crm_consents": pa.schema(
        [
            ("consent_id", _TEXT),
            ("crm_customer_id", _TEXT),
            ("purpose", _TEXT),
            ("channel", _TEXT),
            ("is_granted", _BOOLEAN),
            ("legal_basis", _TEXT),
            ("decided_at", _TIMESTAMP),
            ("expires_at", _TIMESTAMP),
        ]
    ),
    "crm_campaign_events": pa.schema(
        [
            ("campaign_event_id", _TEXT),
            ("crm_customer_id", _TEXT),
            ("campaign_id", _TEXT),
            ("message_id", _TEXT),
            ("channel", _TEXT),
            ("event_type", _TEXT),
            ("event_at", _TIMESTAMP),
            ("received_at", _TIMESTAMP),
        ]
    ),
    "erp_orders": pa.schema(
        [
            ("order_id", _TEXT),
            ("ordered_at", _TIMESTAMP),
            ("erp_customer_id", _TEXT),
            ("crm_customer_id", _TEXT),
            ("email", _TEXT),
            ("phone", _TEXT),
            ("country", _TEXT),
            ("sales_channel", _TEXT),
            ("status", _TEXT),
            ("currency_code", _TEXT),
            ("total_amount", _NUMBER),
            ("cancelled_at", _TIMESTAMP),
            ("updated_at", _TIMESTAMP),
        ]
    ),
    "erp_order_lines": pa.schema(
        [
            ("order_line_id", _TEXT),
            ("order_id", _TEXT),
            ("product_id", _TEXT),
            ("quantity", _COUNT),
            ("unit_price", _NUMBER),
            ("discount_amount", _NUMBER),
            ("booked_at", _TIMESTAMP),
            ("updated_at", _TIMESTAMP),
        ]
    ),
    "erp_products": pa.schema(
        [
            ("product_id", _TEXT),
            ("product_name", _TEXT),
            ("category", _TEXT),
            ("brand", _TEXT),
            ("unit_cost", _NUMBER),
            ("updated_at", _TIMESTAMP),
        ]
    ),
    "tracking_events": pa.schema(
        [
            ("event_id", _TEXT),
            ("event_at", _TIMESTAMP),
            ("event_name", _TEXT),
            ("anonymous_id", _TEXT),
            ("user_id", _TEXT),
            ("platform", _TEXT),
            ("device_type", _TEXT),
            ("country", _TEXT),
            ("user_agent", _TEXT),
            ("engaged_seconds", _NUMBER),
            ("received_at", _TIMESTAMP),
        ]
    ),
    "survey_responses": pa.schema(
        [
            ("response_id", _TEXT),
            ("crm_customer_id", _TEXT),
            ("email", _TEXT),
            ("dimension", _TEXT),
            ("question_id", _TEXT),
            ("score", _NUMBER),
            ("max_score", _NUMBER),
            ("answer_text", _TEXT),
            ("answered_at", _TIMESTAMP),
        ]
    ),
    "geo_areas": pa.schema(
        [
            ("area_id", _TEXT),
            ("country", _TEXT),
            ("postal_code", _TEXT),
            ("area_type", _TEXT),
            ("region", _TEXT),
            ("median_income", _NUMBER),
            ("updated_at", _TIMESTAMP),
        ]
    ),
}

TRUTH: pa.Schema = pa.schema(
    [("person_id", _TEXT), ("persona", _TEXT), ("variant", _TEXT), ("key_type", _TEXT), ("key", _TEXT)]
)
