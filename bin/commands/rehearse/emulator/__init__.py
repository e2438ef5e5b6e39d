"""The local AWS of a rehearsal: MiniStack provisions, and real engines run what the deployed resources describe.

Every module of this package plays one service. It replaces private functions of MiniStack (all listed in `hooks`), so
that what MiniStack would only pretend to do is either really done or written into the journal as a violation.
"""
