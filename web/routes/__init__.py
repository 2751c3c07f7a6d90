"""One router per noun; handlers are verbs."""
