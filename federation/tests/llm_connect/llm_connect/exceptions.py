class LLMError(Exception):
    """Everything that goes wrong with a model."""


class RateLimitError(LLMError):
    """The provider is asked too often."""
