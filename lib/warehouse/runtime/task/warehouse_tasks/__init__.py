"""What the warehouse's tasks run: ingestion (dlt), transformation (dbt), provisioning of dashboards (Metabase)."""
