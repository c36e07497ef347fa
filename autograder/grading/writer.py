"""The one that writes into nbgrader's gradebook: a batch in a transaction.

What nbgrader's own steps do a cell at a time, each with a commit of its own
(``SaveAutoGrades``, ``AssignLatePenalties``), is done here for many submissions at
once; tests compare the gradebooks row for row. A teacher's points and comments are
read, never written. In the same transaction stands which bytes were graded: so
whenever this process is killed, the next run knows what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from traitlets.config import Config

from autograder.grading import tables
from autograder.grading.tables import Entry, Held, Points, Topic
from autograder.pipeline.course import CourseError

PATIENCE = 60  # seconds that SQLite waits for another program to let go


class GradebookError(CourseError):
    """The gradebook cannot be read or written; the message says what to do."""


class Writer:
    """Reads and writes the gradebook at ``url``; close it at the end.

    ``config`` is nbgrader's: it says what being late costs. Raises
    :class:`GradebookError`.
    """

    def __init__(self, url: str, course_id: str, config: Config) -> None:
        self.shown = url
        try:
            address = make_url(url)
            self.shown = address.render_as_string(hide_password=True)
            sqlite = address.get_backend_name() == "sqlite"
            if sqlite and "timeout" not in address.query:
                address = address.update_query_dict({"timeout": str(PATIENCE)})
            full = address.render_as_string(hide_password=False)
            self.gradebook = Gradebook(full, course_id)
            tables.DONE.metadata.create_all(self.gradebook.engine)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise GradebookError(
                f"{self.shown} is no address of a gradebook ({error}); write "
                "sqlite:////folder/gradebook.db or postgresql://user@host/database"
            ) from None
        except SQLAlchemyError as error:
            raise self._plainly(error) from None
        late = AssignLatePenalties(config=config)
        late.init_plugin()
        self.penalty_for: Callable[[str, float, float], float | None] = (
            late.plugin_inst.late_submission_penalty
        )

    def close(self) -> None:
        """Let go of the database."""
        self.gradebook.close()

    @contextmanager
    def reading(self) -> Iterator[Gradebook]:
        """Lend the gradebook for a look that leaves no transaction behind."""
        with self._errors_told():
            try:
                yield self.gradebook
            finally:
                self.gradebook.db.remove()

    def topic(self, name: str) -> Topic | None:
        """The assignment ``name``, or None where it was never released."""
        with self.reading() as gradebook:
            try:
                return Topic(gradebook, name)
            except MissingEntry:
                return None

    def held(self, topic: Topic, students: Sequence[str]) -> dict[str, Held]:
        """What is there of each of ``students``; who never handed in is left out."""
        with self._errors_told(), self.gradebook.engine.connect() as connection:
            return tables.load(connection, topic, students)

    def forget(self, topic: Topic, students: Sequence[str]) -> None:
        """Have these graded again, now or by the next run; their grades stay."""
        with self._errors_told(), self.gradebook.engine.begin() as connection:
            tables.forget(connection, topic, students)

    def record(
        self,
        topic: Topic,
        entries: Sequence[Entry],
        before_commit: Callable[[Entry, Held, float], bool],
    ) -> dict[str, Points]:
        """Record ``entries``, all or none; return the points by student.

        ``before_commit`` gets an entry, what is held of it, and the penalty in points;
        where it returns False the entry is left out.
        """
        students = [entry.student for entry in entries]
        with self._errors_told(), self.gradebook.engine.begin() as connection:
            # A write comes first: SQLite then waits for its turn here, and not in
            # the middle, where waiting would be in vain.
            tables.forget(connection, topic, students)
            tables.create(connection, topic, students)
            held = tables.load(connection, topic, students)
            kept = []
            for entry in entries:
                mine = held[entry.student]
                earned = mine.earned(entry.scores)
                penalty = self._penalty(topic, entry, mine, earned)
                if before_commit(entry, mine, penalty or 0.0):
                    kept.append((entry, mine, earned, penalty))
            tables.save(
                connection,
                topic,
                [(entry, mine, penalty) for entry, mine, _, penalty in kept],
            )
        return {
            entry.student: Points(earned, penalty or 0.0)
            for entry, _, earned, penalty in kept
        }

    def _penalty(
        self, topic: Topic, entry: Entry, held: Held, earned: float
    ) -> float | None:
        when = entry.timestamp or held.timestamp
        late = topic.seconds_late(when, held.extension)
        if late <= 0:
            return None
        penalty = self.penalty_for(entry.student, earned, late)
        return None if penalty is None else min(max(penalty, 0.0), earned)

    @contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._plainly(error) from None

    def _plainly(self, error: SQLAlchemyError) -> GradebookError:
        said = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        if "locked" in said:
            remedy = "another program holds it: close that, then"
        elif "full" in said or "disk" in said:
            remedy = "make room on the disk, then"
        else:
            remedy = "see that it can be reached and written, then"
        return GradebookError(
            f"the gradebook {self.shown} does not answer ({said}): {remedy} run the "
            "same command again; what is graded stays graded"
        )
