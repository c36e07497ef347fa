"""The hostile class: attacks as students hand them in, and what each must come to.

    python -m tests.hostile [FAMILY|NAME …]

An attack is a file ``attacks/<family>/<name>.py`` in the form of the sample class
(see ``examples/build.py``), whose docstring also declares the outcome:

    topic: NAME        the assignment it is handed in for
    earns: POINTS      ``nothing``, ``all``, ``all but f, g``, or ``f, g``; a number
                       behind a name is the part of its points that is deserved
    ends: WAY          how the code is ended: ``time``, ``memory``, ``died``,
                       ``output``, ``strays``, or several of them joined by ``or``
    refused: WORDS     the submission is refused, with these words among the reasons
    failed: WORDS      it is for the teacher to mend, with these words in the row
    says: WORDS        what a cell must show; may be given more than once
    malformed: NAME    what is done to the files, see ``malforming``
    student: NAME      the name of the student's folder

In the code ``@COURSE@``, ``@HOME@`` and ``@TMP@`` are replaced by the folders of this
machine where secrets lie: an attacker who knows the paths is the strongest one.
No attack is boundless: it would not harm a machine on which the sandbox failed.
"""
