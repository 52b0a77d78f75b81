"""A link from a task in Airflow to its run in MLflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class MlflowRunLink(BaseOperatorLink):
    """Leads to the URL that the task left in XCom; other tasks have no such link."""

    name = "MLflow run"
    xcom_key = "mlflow_run"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """URL of the task's run, "" when it has none. Called in the API server."""
        from airflow.serialization.definitions.operatorlink import XComOperatorLink

        link: Any = XComOperatorLink(name=self.name, xcom_key=self.xcom_key)
        return str(link.get_link(operator, ti_key=ti_key))


class MlflowLinkPlugin(AirflowPlugin):
    """Makes the link known to Airflow."""

    name = "mlflow_link"
    global_operator_extra_links = [MlflowRunLink()]  # noqa: RUF012
