"""Pictures that follow the code while a site is served: save, and see it.

    watcher   notices that something may have changed
    session   decides what did, and what is drawn anew
    drawings  the drawings in progress, each by a worker that is kept warm
    pictures  has the last good picture of each, or why there is no fresh one, and tells the
    board     which holds the latest news of everything
    endpoint  which brings the news to the pages that are open
    save      what the author did, and the line that says what came of it
    proxy     which puts the page's script into the pages of a host that cannot do it itself

Nothing here knows a host: `truepage.hosts.mkdocs` and the command line put it to use.
"""
