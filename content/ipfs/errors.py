"""What can go wrong between Atelier and its IPFS node. The sentences are shown to owners of content; logs say more."""

from common.errors import AtelierError, ServiceUnavailable


class NodeAway(ServiceUnavailable):
    """Nothing can be asked of the node at all: it is away, not the one we think, or does not let us in."""

    code = "ipfs_node_away"
    message = "The IPFS node does not answer."


class NodeForbids(NodeAway):
    """The node, or what stands before it, does not offer this, or not to us."""


class NodeRefused(AtelierError):
    """The node is there and did not do what it was asked this time."""

    code = "ipfs_node_refused"
    retryable = True
    message = "The IPFS node could not take this. Its log and that of Atelier say why."


class OtherCid(AtelierError):
    """The node computed another CID for the same bytes: by it nobody would find what Atelier names."""

    code = "ipfs_other_cid"
    message = (
        "The IPFS node computed another CID for the same bytes, so nothing is pinned there. "
        "It must follow the parameters that it is given: see docs/registry.md."
    )
