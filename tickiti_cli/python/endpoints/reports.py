"""v1 reports: volumes, response times, resolutions and activity in a range of days.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Reports(Group):
    """`client.reports`."""

    def agent_activity(self, **body: Unpack[types.Report]) -> types.AgentActivities:
        """Count the responses and closed tickets of each agent in the range.

        Example::

            client.reports.agent_activity(date_from="2026-05-01", date_to="2026-05-31")
        """
        return self._call("reports.agent_activity", body)

    def meta(self) -> types.ReportMeta:
        """List the queues and period lengths that reports accept.

        Example::

            client.reports.meta()
        """
        return self._call("reports.meta", {})

    def resolutions(self, **body: Unpack[types.Report]) -> types.ResolutionCounts:
        """Count the closed tickets of the range by resolution category.

        Example::

            client.reports.resolutions(date_from="2026-05-01", date_to="2026-05-31")
        """
        return self._call("reports.resolutions", body)

    def response_times(self, **body: Unpack[types.GroupedReport]) -> types.ResponseTimes:
        """Show how long the tickets of each period waited for the first public response by staff.

        Example::

            client.reports.response_times(date_from="2026-05-01", date_to="2026-05-31")
        """
        return self._call("reports.response_times", body)

    def volumes(self, **body: Unpack[types.GroupedReport]) -> types.Volumes:
        """Count the tickets opened, the tickets closed and the responses of each period.

        Example::

            client.reports.volumes(date_from="2026-05-01", date_to="2026-05-31")
        """
        return self._call("reports.volumes", body)
