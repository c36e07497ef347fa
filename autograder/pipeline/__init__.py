"""Where the grader meets nbgrader: release, admission, restoration, judging."""
