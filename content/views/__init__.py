"""HTTP views: files by CID, the documented registry, and `/api/v1/contents`."""
