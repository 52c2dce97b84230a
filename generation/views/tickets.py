"""`POST /api/v1/tickets`."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey, Scope
from accounts.views import caller
from generation.schema import jobs as schema
from generation.serializers.jobs import TicketSerializer
from generation.tickets import issue_ticket


class Tickets(APIView):
    """Makes the credential of one websocket."""

    parser_classes = []
    # A socket only looks.
    required_scopes = {"POST": Scope.READ}

    @extend_schema(**schema.TICKETS)
    def post(self, request: Request) -> Response:
        key = request.auth if isinstance(request.auth, ApiKey) else None
        ticket, expires_at = issue_ticket(user=caller(request), key=key)
        body = TicketSerializer({"ticket": ticket, "expires_at": expires_at}).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})
