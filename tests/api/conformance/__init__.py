"""What schemathesis calls: the whole application, in which every identifier of the document is something real."""
