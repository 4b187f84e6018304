"""The HTTP kit: strict parsing, problem documents, paging, ETags, idempotency and the OpenAPI document.

It knows no feature. A feature declares its endpoints with :meth:`app.http.blueprint.Blueprint.operation`.
"""
