"""Warns of the end of the token in use, in time to renew the token.

Rule: no request is sent, because the end was stored with the token.
"""

from datetime import UTC, datetime, timedelta

from tickiti_cli.config.resolution import Config

SOON = timedelta(days=7)
"""The warning begins a week before the end, because every week has a working day."""


def warning(config: Config) -> str:
    """Returns the warning for the stored token of the profile; empty without a reason."""
    told = ends_soon(config.stored_expiry)
    if not told:
        return ""
    name = config.connection.profile
    return (
        f"Warning: the token of profile '{name}' {told}. "
        f"Rotate it: tickiti token rotate --self --expires 90d --install profile:{name}"
    )


def ends_soon(moment: object) -> str:
    """Returns `expires in 3 days (2026-11-28T09:00:00+00:00)`; empty more than a week before."""
    end, now = _parsed(moment), datetime.now(UTC)
    if end is None or end - now > SOON:
        return ""
    told = "expired" if end <= now else f"expires in {_left(end - now)}"
    return f"{told} ({end.isoformat(timespec='seconds')})"


def _parsed(text: object) -> datetime | None:
    try:
        end = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return end if end.tzinfo else end.replace(tzinfo=UTC)


def _left(left: timedelta) -> str:
    hours = int(left.total_seconds()) // 3600
    count, unit = (hours // 24, "day") if hours >= 24 else (hours, "hour")
    return f"{count} {unit}{'' if count == 1 else 's'}" if count else "less than an hour"
