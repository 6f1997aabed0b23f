"""In place of llm_bridge.py: it prints what is no JSON."""

print("Traceback: this is no JSON")
