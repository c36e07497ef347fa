"""The sandbox: where a student's code runs. It knows nothing of grading."""
