"""`awsglue.dynamicframe`."""

from __future__ import annotations

from pyspark.sql import DataFrame

from .context import GlueContext


class DynamicFrame:
    """A data frame; Glue's can hold columns of several types at once, which no table of a lake has."""

    def __init__(self, frame: DataFrame, context: GlueContext, name: str) -> None:
        self._frame = frame
        self.glue_ctx = context
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: GlueContext, name: str) -> DynamicFrame:
        """The data frame as one of Glue's."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self) -> DataFrame:
        """The data frame."""
        return self._frame
