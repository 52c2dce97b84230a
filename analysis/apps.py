from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "analysis"

    def ready(self) -> None:
        from analysis.handler import AnalysisHandler
        from generation.handlers import register
        from generation.models import JobKind

        register(JobKind.ANALYSIS, AnalysisHandler())
