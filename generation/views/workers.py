"""`/health` and `/cache`: what the workers are and hold."""

import redis
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Scope
from accounts.permissions import IsAuthenticatedWithScope
from common.errors import ServiceUnavailable
from generation.cache_control import drop_caches
from generation.presence import live_workers, providers_are_enough
from generation.schema import operations as schema

# The best one first: what a user may expect of the whole.
DEVICES = ("cuda", "mps", "cpu")


class Health(APIView):
    """Open to everybody, and never throttled: load balancers ask."""

    authentication_classes = []
    permission_classes = []
    throttle_classes = []

    @extend_schema(**schema.HEALTH)
    def get(self, request: Request) -> Response:
        try:
            workers = live_workers()
            healthy = bool(workers) or providers_are_enough()
        except redis.RedisError:
            workers, healthy = [], False
        devices = {worker.device for worker in workers}
        return Response(
            {
                "status": "healthy" if healthy else "degraded",
                "device": next((device for device in DEVICES if device in devices), "cpu"),
                "models_loaded": sum(len(worker.models) for worker in workers),
            }
        )


class Cache(APIView):
    """The models that workers keep loaded."""

    permission_classes = [IsAuthenticatedWithScope, IsAdminUser]
    required_scopes = {"DELETE": Scope.MANAGE}

    @extend_schema(**schema.CACHE)
    def delete(self, request: Request) -> Response:
        try:
            unloaded = drop_caches()
        except redis.RedisError:
            raise ServiceUnavailable("The workers cannot be reached right now.", retry_after=10) from None
        return Response({"success": True, "message": f"{unloaded} models were unloaded.", "models_unloaded": unloaded})
