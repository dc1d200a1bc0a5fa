"""What is known of one person's work in a project."""

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from annotate.consensus.annotator_model import Interval, interval


@dataclass(slots=True)
class Annotator:
    """Estimates come with their 95 % interval; None: not known yet.

    week         votes of each of the last seven days, today last
    skill        how many of the votes are right, as the method of aggregation sees it
    agreed       the share of answers that are the consensus, where there are several votes
    agreement    how many say what most others say of the item
    gold         how many are right where the right value is known: `gold_right` of `gold_seen`
    gold_chance  how many of these would be right had the same answers fallen on the items by chance
    unread       of the last `timed` answers to texts, those that came sooner than the text can be read
    corrected    how many a reviewer changed or sent back, of `reviewed`
    quality_flags  what may be worth a look; never a judgement
    """

    user: User
    annotations: int = 0
    week: list[int] = field(default_factory=lambda: [0] * 7)
    last_at: datetime | None = None
    first_at: datetime | None = None
    median_seconds: float | None = None
    skill: Interval | None = None
    agreed: float | None = None
    agreement: Interval | None = None
    compared: int = 0
    gold_right: int = 0
    gold_seen: int = 0
    gold_chance: float = 0.0
    timed: int = 0
    unread: int = 0
    skipped: int = 0
    reviewed: int = 0
    corrected: int = 0
    spam_score: float | None = None
    entropy: float | None = None
    quality_flags: list[str] = field(default_factory=list)

    @property
    def last_week(self) -> int:
        return sum(self.week)

    @property
    def today(self) -> int:
        return self.week[-1]

    @property
    def gold(self) -> Interval | None:
        return interval(self.gold_right / self.gold_seen, self.gold_seen) if self.gold_seen else None
