"""Makes plain nbgrader commands do the right thing in this course.

`nbgrader autograde`, `nbgrader generate_feedback` and the formgrader's buttons use
the sandbox and the judge through the preprocessors named here.
"""

import os
from pathlib import Path

c = get_config()

ROOT = Path(__file__).resolve().parent
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.course_id = "tuned"
c.CourseDirectory.source_directory = "_build/source"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.submitted_directory = "classroom/submitted"
c.CourseDirectory.autograded_directory = "classroom/graded"
c.CourseDirectory.feedback_directory = "classroom/feedback"
c.CourseDirectory.db_url = os.environ.get(
    "TUNED_DB_URL", f"sqlite:///{ROOT}/classroom/gradebook.db"
)

c.ClearSolutions.code_stub = {
    "python": "# Your code goes here.\nraise NotImplementedError"
}

# In a package that goes with a notebook, the files with a student's parts are theirs.
c.Autograde.exclude_overwriting = {
    package.name: [
        str(file.relative_to(package.parent))
        for file in sorted(package.rglob("*.py"))
        if "BEGIN SOLUTION" in file.read_text(encoding="utf-8", errors="replace")
    ]
    for package in (ROOT / "solutions").glob("*/")
}

# A submission is read with tolerance: what is not a notebook still ends in a row.
c.Autograde.exporter_class = "autograder.pipeline.admission.SubmissionExporter"
# Locked cells, and all metadata, come from the gradebook's own copy ...
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "autograder.pipeline.restoration.RestoreCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# ... then the student's cells run in the sandbox and the judge fills the graded ones.
c.Autograde.autograde_preprocessors = [
    "autograder.pipeline.judging.JudgeSubmission",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# The project imports PyTorch: seconds for each new kernel, and with CUDA's libraries,
# which a grader without a GPU may have as well, gigabytes of addresses.
c.JudgeSubmission.topics = {
    "project": {
        "cell_seconds": 60,
        "call_seconds": 20,
        "submission_seconds": 300,
        "memory_mib": 2048,
        "addresses_mib": 16 * 1024,
    }
}

# A run of the project on the digits is measured on them. For runs on CIFAR-10, name its
# test images here: the path of the binary archive, or of JPEG streams in an .npz.
c.JudgeSubmission.data = ""

# The feedback page holds all it shows and loads nothing.
c.GenerateFeedback.exporter_class = "autograder.pipeline.feedback.FeedbackExporter"
