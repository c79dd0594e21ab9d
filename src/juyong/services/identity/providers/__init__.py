"""SAML and OIDC identity providers."""
