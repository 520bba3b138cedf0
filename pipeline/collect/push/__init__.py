"""WebSub: hubs that wake feeds."""
