"""`manage.py bearer_migrate`: the steps of the move, each of which can be run again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Sum

from ... import account_state, clock, copying, finishing, settings, traded_sessions, trades, usage
from ...models import LegacyUse, MoveStart, Trade

DAYS = 14
"""Days that `status` shows."""


class Command(BaseCommand):
    """Steps of the move to django-bearer. Each can be run again."""

    help = (
        "Steps of the move to django-bearer, each of which can be run again. plan names what becomes of what the"
        " project uses; settings and code change its files, or show diffs with --dry-run. start records the state of"
        " every account, so that old tokens end with a changed password; none is accepted before. tokens copies the"
        " rows of knox and authtoken, digests only. status shows what is accepted, until when, and how many came"
        " came in the last days. finish blanks tokens that lie in clear,"
        " and takes the bridge out of the settings."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The step, and how to run it."""
        parser.add_argument("step", choices=[*FILES, "start", "tokens", "status", "finish"], help="what to do")
        parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
        parser.add_argument("--batch", type=int, default=copying.BATCH, help="rows that tokens reads at once")
        parser.add_argument("--still-used", action="store_true", help="finish although old tokens still come")
        parser.add_argument("--drop-tables", action="store_true", help="finish drops the tables of this app, too")
        parser.add_argument(
            "--issuer", default="", help="settings: the https URL of your API, such as https://api.example.com"
        )
        parser.add_argument("--trade", action="store_true", help="code: the second deploy, whose new logins are ours")

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        """Run one step."""
        if step in FILES:
            self._files(step, options)
            return
        bridge = settings.current()
        for fault in bridge.faults:
            self.stderr.write(self.style.ERROR(fault))
        if step in ("start", "tokens") and bridge.faults:
            raise CommandError("nothing was recorded; correct the settings first")
        if step == "start":
            self._start(options["dry_run"])
        elif step == "tokens":
            self._tokens(bridge, options)
        elif step == "finish":
            self._finish(bridge, options)
        else:
            self._status(bridge)

    def _files(self, step: str, options: dict[str, Any]) -> None:
        steps, changes = _moving()
        try:
            if step == "plan":
                told = steps.plan()
            elif step == "settings":
                if not options["issuer"].startswith("https://"):
                    raise CommandError("settings needs --issuer, the https URL of your API")
                told = steps.write_settings(changes, options["issuer"])
            else:
                told = steps.change_code(changes, options["trade"])
            for line in told:
                self.stdout.write(line)
        except LookupError as error:
            raise CommandError(str(error)) from error
        self._apply(changes, options["dry_run"])

    def _apply(self, changes: Any, dry_run: bool) -> None:
        for diff in changes.diffs() if dry_run else ():
            self.stdout.write(diff)
        if not dry_run:
            changes.write()
            for path in sorted(changes.texts):
                self.stdout.write(f"written: {path.relative_to(changes.folder).as_posix()}")

    def _start(self, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("the state of every account would be recorded")
            return
        done = 0
        for done in account_state.start():
            self.stdout.write(f"{done} accounts recorded")
        self.stdout.write(f"the move has begun; {done} accounts were new")

    def _tokens(self, bridge: settings.Bridge, options: dict[str, Any]) -> None:
        batch = options["batch"]
        if not 1 <= batch <= MAX_BATCH:
            raise CommandError(f"--batch is 1 to {MAX_BATCH}")
        if options["dry_run"]:
            for source, rows in copying.missing(bridge, batch):
                self.stdout.write(f"{source}: {rows} tokens would be copied")
            return
        shown = 0
        last: dict[str, copying.Progress] = {}
        for progress in copying.run(bridge, batch):
            last[progress.source] = progress
            if progress.seen - shown >= PROGRESS or progress.seen < shown:
                shown = progress.seen
                self.stdout.write(f"{progress.source}: {progress.seen} rows read, {progress.copied} copied")
        for progress in last.values():
            self.stdout.write(f"{progress.source}: done, {progress.copied} tokens were new")
        if not last:
            self.stdout.write(f"no rows: {settings.NAME} names neither knox nor authtoken, or their tables are empty")

    def _finish(self, bridge: settings.Bridge, options: dict[str, Any]) -> None:
        dry_run = options["dry_run"]
        uses = finishing.still_used(bridge)
        if uses and not options["still_used"]:
            raise CommandError(
                f"{uses} old tokens came in the last {finishing.DAYS} days, and are still accepted: see"
                " bearer_migrate status. Wait, or say --still-used: their clients have to log in again then."
            )
        kept = traded_sessions.of_confidential_clients()
        if kept and not options["still_used"]:
            raise CommandError(
                f"{len(kept)} sessions belong to clients of django-oauth-toolkit that prove themselves with a secret,"
                " which nothing asks for afterwards. Wait, or say --still-used: these sessions end then."
            )
        steps, changes = _moving()
        # Everything that may fail in files comes before the database, where blanked tokens stay blanked.
        for told in steps.finish_code(changes):
            self.stdout.write(told)
        if needed := steps.still_needed(changes):
            lines = "\n".join(f"  {line}" for line in needed)
            told = f"these lines need django_bearer_migrate: use our endpoints there, or remove them.\n{lines}"
            if not dry_run:
                raise CommandError(f"nothing was changed, since {told}")
            self.stdout.write(f"finish would change nothing, since {told}")
        self._end(bridge, changes, dry_run)
        if options["drop_tables"] and not dry_run:
            finishing.drop_tables()
            self.stdout.write("the tables of django_bearer_migrate were dropped")
        else:
            self.stdout.write("nothing was dropped. When the last process of this version has ended, run:")
            for statement in finishing.drop_statements():
                self.stdout.write(f"  {statement};")
        for table in finishing.old_tables_present():
            self.stdout.write(f"{table} is of the old package, and stays until you drop it")

    def _end(self, bridge: settings.Bridge, changes: Any, dry_run: bool) -> None:
        if not dry_run:
            try:
                changes.stage()
            except (OSError, ValueError) as error:
                raise CommandError(f"nothing was changed, since a file cannot be written: {error}") from error
        try:
            for told in (*finishing.end_sessions(dry_run), *finishing.blank_keys(bridge, dry_run)):
                self.stdout.write(told)
            self._apply(changes, dry_run)
        finally:
            changes.discard()

    def _status(self, bridge: settings.Bridge) -> None:
        usage.write()
        if not MoveStart.objects.exists():
            self.stdout.write(account_state.NOT_STARTED)
        for entry in bridge.entries():
            day = datetime.fromtimestamp(entry.ends_at, UTC).date()
            over = "were accepted" if entry.ends_at <= clock.seconds() else "are accepted"
            self.stdout.write(f"{entry.name}: old tokens {over} until {day}, not on that day")
            if copies := copying.count(entry.name):
                self.stdout.write(f"{entry.name}: {copies} tokens were copied")
        trades.purge()
        self.stdout.write(f"{Trade.objects.count()} refresh tokens that were traded for sessions have not expired")
        since = datetime.fromtimestamp(clock.seconds(), UTC).date() - timedelta(days=DAYS)
        rows = LegacyUse.objects.filter(day__gte=since).values("day", "source", "kind", "client")
        for row in rows.annotate(total=Sum("uses")).order_by("day", "source", "kind", "client"):
            self.stdout.write(f"{row['day']}  {row['source']}  {row['kind']}  {row['client']}  {row['total']}")
        if not rows.exists():
            self.stdout.write(f"no old token came in the last {DAYS} days: the app can be taken out")


def _moving() -> tuple[Any, Any]:
    """The steps that change files, and an empty set of changes. They need the auditor, which brings libcst."""
    try:
        from ...moving import changes, steps
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("libcst", "django_bearer_audit"):
            raise
        raise CommandError('This needs the auditor. Install it: pip install "django-bearer-migrate[code]"') from None
    return steps, changes.Changes(steps.folder())


FILES = ("plan", "settings", "code")
"""Steps that read and change files."""
PROGRESS = 50_000
"""Rows between two lines of `tokens`."""
MAX_BATCH = 10_000
