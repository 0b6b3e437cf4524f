"""The bill of materials: components, licences, document, audit."""
