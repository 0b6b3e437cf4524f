"""Direktiv, in a pod with its sidecar: releases and the main branch."""
