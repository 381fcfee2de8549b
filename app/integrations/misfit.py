"""What is said of settings that do not go together, or not with the playbook."""


class Misfit(Exception):
    """One sentence: what of the settings does not fit, and what to do."""
