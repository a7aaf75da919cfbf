"""nbgrader's settings for this repository: masters in solutions/, releases in course/, our preprocessors."""

from cnnkit.classroom.nbgrader_adapter import configure

c = get_config()  # noqa: F821  (nbgrader defines it when it reads this file)
configure(c)
