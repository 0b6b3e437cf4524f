"""The SBOM (software bill of materials): components, licences, document, audit."""
