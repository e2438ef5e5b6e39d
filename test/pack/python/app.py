"""TradingLakehouseStack, composed of the constructs in Python: the twin of blueprints/lakehouse with its own settings.

Runs in a project that `data-patterns init lakehouse` made, for its SQL files and its ledger.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from cdk_data_patterns import (
    DataBucket,
    DataKey,
    DataNetwork,
    DeploymentProfile,
    DerivedTable,
    ErasedMessages,
    ErasureJob,
    EventBackbone,
    EventTopic,
    FileDrop,
    FilesToBronzeJob,
    IEventTopic,
    ILakeTable,
    IngestionApi,
    IngestionMode,
    LakeOperations,
    LakePipeline,
    MedallionLake,
    MedallionLayer,
    PartitionTransform,
    QualityGate,
    QueryWorkgroup,
    SchemaLedger,
    SqlJob,
    StreamToBronzeJob,
    TrainingJob,
)
from constructs import Construct

from records import daily_trading_summary, raw_trades, trade_features, trades, trades_quarantine

LOG_RETENTION = logs.RetentionDays.ONE_MONTH


def sql_files(directory: Path, step: str) -> list[str]:
    return sorted(str(file) for file in (directory / "sql" / step).glob("*.sql"))


class TradeSource(Construct):
    """The topic that trades arrive on, with brokers and network of its own."""

    def __init__(self, scope: Construct, id: str, *, key: DataKey, profile: DeploymentProfile) -> None:
        super().__init__(scope, id)
        network = DataNetwork(self, "Network", key=key, profile=profile)
        backbone = EventBackbone.provisioned(self, "Backbone", network=network, key=key, profile=profile)
        self.topic = EventTopic(
            self, "Topic", backbone=backbone, topic_name="trades", partitions=3, retention=cdk.Duration.hours(168)
        )


class FurtherSources(Construct):
    """Files that are dropped, requests, and the role of whoever feeds them."""

    def __init__(
        self, scope: Construct, id: str, *, lake: MedallionLake, topic: IEventTopic, bronze: ILakeTable
    ) -> None:
        super().__init__(scope, id)
        senders = iam.Role(
            self,
            "Senders",
            description="May post trades and drop files of trades, and nothing else",
            assumed_by=iam.AccountRootPrincipal(),
        )
        cdk.Validations.of(senders).acknowledge(
            cdk.Acknowledgment(
                id="NIST.800.53.R5-IAMNoInlinePolicy",
                reason="The permissions are for this role alone and go with it;"
                " a managed policy could be attached to others.",
            )
        )
        drop = FileDrop(self, "Drop", lake=lake)
        drop.grant_drop(senders)
        job = FilesToBronzeJob(
            self,
            "Files",
            lake=lake,
            log_retention=LOG_RETENTION,
            drop=drop,
            table=bronze,
            look_every=cdk.Duration.minutes(15),
            required_fields=[each.wire_name or each.name for each in trades.columns if each.required],
        )
        api = IngestionApi(
            self,
            "Api",
            topic=topic,
            key=lake.key,
            profile=lake.profile,
            path="/trades",
            key_field="symbol",
            requests_per_second=50,
            log_retention=LOG_RETENTION,
        )
        api.grant_invoke(senders)
        self.outputs = {
            "SenderRoleArn": senders.role_arn,
            "FilesInbox": drop.inbox_url,
            "FilesStarterName": job.starter_function_name,
            "FilesJobName": job.job_name,
            "IngestionUrl": api.url,
        }


class TradingLakehouse(cdk.Stack):
    """Trades from Kafka, files and requests into bronze, silver and gold."""

    def __init__(self, scope: Construct, id: str, *, directory: Path) -> None:
        super().__init__(
            scope,
            id,
            description="Trading lakehouse 'trading': Kafka to bronze, silver and gold",
            tags={"lakehouse": "trading"},
            termination_protection=False,
        )
        profile = DeploymentProfile.SANDBOX
        key = DataKey(self, "Key", profile=profile, description="Data of the lakehouse 'trading'")
        topic = TradeSource(self, "Trades", key=key, profile=profile).topic

        lake = MedallionLake(
            self,
            "Lake",
            ledger=SchemaLedger.from_file(str(directory / "schemas.lock.json")),
            profile=profile,
            bucket=DataBucket(
                self,
                "Data",
                key=key,
                profile=profile,
                lifecycle_rules=[s3.LifecycleRule(prefix="query-results/", expiration=cdk.Duration.days(7))],
            ),
            database_prefix="",
        )
        bronze = lake.add_table(MedallionLayer.BRONZE, table_name="trades", schema=raw_trades)
        silver = lake.add_table(
            MedallionLayer.SILVER,
            table_name="trades",
            schema=trades.conformed(),
            partitioned_by=[PartitionTransform.day("traded_at")],
        )
        quarantine = lake.add_table(
            MedallionLayer.SILVER,
            table_name="trades_quarantine",
            schema=trades_quarantine,
            partitioned_by=[PartitionTransform.day("ingested_at")],
        )
        by_date = [PartitionTransform.identity("date")]
        gold = lake.add_table(
            MedallionLayer.GOLD,
            table_name="daily_trading_summary",
            schema=daily_trading_summary,
            partitioned_by=by_date,
        )
        features = lake.add_table(
            MedallionLayer.GOLD, table_name="trade_features", schema=trade_features, partitioned_by=by_date
        )

        ingestion = StreamToBronzeJob(
            self,
            "Ingestion",
            lake=lake,
            log_retention=LOG_RETENTION,
            topic=topic,
            table=bronze,
            ingestion=IngestionMode.every(cdk.Duration.minutes(60)),
        )
        freshness = cdk.Duration.hours(26)
        quality_gate = QualityGate(
            self,
            "QualityGate",
            lake=lake,
            log_retention=LOG_RETENTION,
            record=trades,
            table=silver,
            source=bronze,
            max_invalid_share=0.1,
            freshness=freshness,
        )
        further = FurtherSources(self, "Sources", lake=lake, topic=topic, bronze=bronze)
        pipeline = LakePipeline(
            self,
            "Pipeline",
            lake=lake,
            log_retention=LOG_RETENTION,
            schedule=scheduler.ScheduleExpression.expression("cron(15 0 * * ? *)"),
            silver=SqlJob(
                self,
                "Silver",
                lake=lake,
                log_retention=LOG_RETENTION,
                sql_files=sql_files(directory, "silver"),
                record=trades,
                mappings=[],
                reads=[bronze],
                writes=[silver, quarantine],
            ),
            quality_gate=quality_gate,
            gold=SqlJob(
                self,
                "Gold",
                lake=lake,
                log_retention=LOG_RETENTION,
                sql_files=sql_files(directory, "gold"),
                reads=[silver],
                writes=[gold, features],
            ),
        )
        erasure = ErasureJob(
            self,
            "Erasure",
            lake=lake,
            log_retention=LOG_RETENTION,
            columns=["trade_id"],
            identity="trade_id",
            messages=ErasedMessages(table=bronze, record=trades, mappings=[], consumers=[silver]),
            tables=[silver, quarantine],
            derived=[
                DerivedTable(table=gold, sql_files=sql_files(directory, "gold")),
                DerivedTable(table=features, sql_files=[]),
            ],
        )
        training = TrainingJob(
            self,
            "NextDayReturn",
            lake=lake,
            log_retention=LOG_RETENTION,
            model_name="next_day_return",
            table=features,
            sql_file=str(directory / "sql" / "ml" / "next_day_return.sql"),
        )
        LakeOperations(
            self,
            "Operations",
            pipeline=pipeline,
            quality_gate=quality_gate,
            freshness=freshness,
            gold_every=cdk.Duration.days(2),
        )
        workgroup = QueryWorkgroup(self, "Queries", lake=lake)
        for table in (silver, gold, features):
            workgroup.add_time_travel_queries(table)
        workgroup.add_quarantine_queries(quarantine, bronze)

        outputs = {
            **further.outputs,
            "TradesTopicName": topic.topic_name,
            "BootstrapServers": topic.bootstrap_servers,
            "BronzeJobName": ingestion.job_name,
            "ErasureJobName": erasure.job_name,
            "PipelineArn": pipeline.state_machine.state_machine_arn,
            "WorkgroupName": workgroup.workgroup_name,
            "LakeBucketName": lake.bucket.bucket.bucket_name,
            "BronzeTable": f"{bronze.database_name}.{bronze.table_name}",
            "SilverTable": f"{silver.database_name}.{silver.table_name}",
            "QuarantineTable": f"{quarantine.database_name}.{quarantine.table_name}",
            "GoldTable": f"{gold.database_name}.{gold.table_name}",
            "TrainingJobName": training.job_name,
            "FeaturesTable": f"{features.database_name}.{features.table_name}",
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)


app = cdk.App(analytics_reporting=False, builtin_cloud_formation_validation=False)
TradingLakehouse(app, "TradingLakehouseStack", directory=Path.cwd())
app.synth()
