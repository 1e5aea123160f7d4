[package]
name = "legacy_etcd"
edition = "v0.11.0"
version = "3.5.9"
description = "Schemas of the legacy-etcd taskserv"
