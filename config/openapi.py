"""The OpenAPI document (settings of drf-spectacular)."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Atelier",
    "DESCRIPTION": "Images, music, text and tags, and a registry of what was made.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "JobKindEnum": "generation.models.JobKind",
        "JobStatusEnum": "generation.models.Status",
        "ModelStateEnum": "generation.models.ModelState",
        "WeightsKindEnum": "generation.models.WeightsKind",
        "VisibilityEnum": "content.models.Visibility",
        "ContentKindEnum": "content.models.Kind",
        "ScopeEnum": "accounts.models.Scope",
        "OpenAIQualityEnum": "generation.openai.images.QUALITIES",
    },
}
