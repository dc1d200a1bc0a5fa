"""How attentively people verify pages: one tile of each is known to be wrong, and who does not mark it did not look."""

from dataclasses import dataclass

from django.db import connection

from accounts.models import User
from annotate.consensus.annotator_model import Interval, interval
from projects.models import Project

_PAGES = """
    SELECT p.annotator_id, count(*) FILTER (WHERE p.status = 'accepted'), count(*) FILTER (WHERE p.status = 'dropped'),
        coalesce(sum(t.verified) FILTER (WHERE p.status = 'accepted'), 0)::int,
        coalesce(sum(t.marked) FILTER (WHERE p.status = 'accepted'), 0)::int,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY p.seconds)
    FROM annotate_page p CROSS JOIN LATERAL (
        SELECT count(*) AS verified, count(*) FILTER (WHERE marked) AS marked
        FROM annotate_tile WHERE page_id = p.id AND assignment_id IS NOT NULL
    ) t
    WHERE p.project_id = %s AND p.status IN ('accepted', 'dropped') GROUP BY p.annotator_id
"""


@dataclass(frozen=True, slots=True)
class Attention:
    """The pages that one person has finished.

    accepted  where the known wrong tile was marked, dropped where it was not
    tiles     the others on accepted pages, of which `marked` were called wrong
    seconds   the median time of a page
    """

    user: User
    accepted: int
    dropped: int
    tiles: int
    marked: int
    seconds: float | None

    @property
    def pages(self) -> int:
        return self.accepted + self.dropped

    @property
    def noticed(self) -> Interval:
        """The share of known wrong tiles that they marked, with its 95 % interval."""
        return interval(self.accepted / self.pages, self.pages)


def of_people(project: Project, person: User | None = None) -> list[Attention]:
    """Everybody who has finished a page, also who had all dropped, those with most pages first; or one of them."""
    with connection.cursor() as cursor:
        cursor.execute(_PAGES, [project.pk])
        rows = cursor.fetchall()
    users = User.objects.in_bulk([row[0] for row in rows if person is None or row[0] == person.pk])
    people = [Attention(users[row[0]], *row[1:]) for row in rows if row[0] in users]
    return sorted(people, key=lambda row: (-row.pages, row.user.username))
