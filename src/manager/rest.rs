//! The answers of the source documents' interface for web clients (REST-02..07), for whoever serves it.
//!
//! This module has the shapes and what they are made of; it serves nothing.

use std::sync::Arc;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::LoadError;
use super::types::Extension;
use super::{ExtensionManager, types};
use crate::diagnostic::Explain;
use crate::extension::ExtensionType;

/// An answer: `{"success": true, "data": ...}` or `{"success": false, "error": {"code", "message", "help"}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Envelope<T> {
    /// What was asked for.
    Data(T),
    /// Why there is none.
    Error(RestError),
}

/// Why a request was not fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestError {
    /// The stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A request to reload an extension: `{"extension_type": "taskserv", "name": "kubernetes"}` (REST-06). The type is read in
/// small and in capital letters, because answers have it as `Taskserv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadRequest {
    /// Its type.
    #[serde(deserialize_with = "types::any_case")]
    pub extension_type: ExtensionType,
    /// Its name.
    pub name: String,
}

impl ExtensionManager {
    /// Returns the answer to `GET /api/v1/extensions/loaded` (REST-01..04).
    pub fn rest_loaded(&self) -> Envelope<Vec<Arc<Extension>>> {
        Envelope::Data(self.list_loaded_extensions())
    }

    /// Reloads an extension and returns the answer to `POST /api/v1/extensions/reload` (REST-05..07).
    pub fn rest_reload(&self, request: &ReloadRequest) -> Envelope<String> {
        let ReloadRequest {
            extension_type,
            name,
        } = request;
        self.reload_extension(*extension_type, name)
            .map(|_| format!("Extension {name} reloaded"))
            .into()
    }
}

impl<T> From<Result<T, LoadError>> for Envelope<T> {
    fn from(result: Result<T, LoadError>) -> Self {
        match result {
            Ok(data) => Envelope::Data(data),
            Err(error) => Envelope::Error(RestError {
                code: error.code().as_str().to_owned(),
                message: error.to_string(),
                help: error.help(),
            }),
        }
    }
}

impl<T: Serialize> Serialize for Envelope<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        match self {
            Envelope::Data(data) => {
                map.serialize_entry("success", &true)?;
                map.serialize_entry("data", data)?;
            }
            Envelope::Error(error) => {
                map.serialize_entry("success", &false)?;
                map.serialize_entry("error", error)?;
            }
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Shape<T> {
            success: bool,
            data: Option<T>,
            error: Option<RestError>,
        }
        match Shape::deserialize(deserializer)? {
            Shape {
                success: true,
                data: Some(data),
                error: None,
            } => Ok(Envelope::Data(data)),
            Shape {
                success: false,
                data: None,
                error: Some(error),
            } => Ok(Envelope::Error(error)),
            _ => Err(D::Error::custom(
                "an answer has `data` where `success` is true, and `error` where it is not",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::manager::ExtensionMetadata;

    /// The item of the source documents.
    fn kubernetes() -> Extension {
        Extension {
            metadata: ExtensionMetadata {
                name: "kubernetes".to_owned(),
                version: "1.28.0".to_owned(),
                description: "Kubernetes container orchestration platform".to_owned(),
                extension_type: ExtensionType::Taskserv,
                dependencies: vec!["containerd".to_owned(), "etcd".to_owned()],
                author: Some("provisioning-team".to_owned()),
                repository: None,
            },
            path: "extensions/taskservs/kubernetes".to_owned(),
            loaded_at: "2025-10-06T12:30:00Z".parse().unwrap(),
            operations: Vec::new(),
            schemas: serde_json::Map::new(),
            fingerprint: "sha256:0".to_owned(),
            dependencies: Vec::new(),
            package: None,
        }
    }

    #[test]
    fn the_list_of_what_is_loaded_is_that_of_the_documents() {
        let answer: Envelope<Vec<Arc<Extension>>> = Envelope::Data(vec![Arc::new(kubernetes())]);
        let expected = json!({
            "success": true,
            "data": [{
                "metadata": {
                    "name": "kubernetes",
                    "version": "1.28.0",
                    "description": "Kubernetes container orchestration platform",
                    "extension_type": "Taskserv",
                    "dependencies": ["containerd", "etcd"],
                    "author": "provisioning-team",
                    "repository": null,
                },
                "path": "extensions/taskservs/kubernetes",
                "loaded_at": "2025-10-06T12:30:00Z",
            }],
        });
        // In the documents' order as well.
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            expected.to_string()
        );
    }

    #[test]
    fn a_request_may_write_the_type_in_any_letters() {
        for word in ["taskserv", "Taskserv", "TASKSERV"] {
            let request = json!({"extension_type": word, "name": "kubernetes"});
            let request: ReloadRequest = serde_json::from_value(request).unwrap();
            assert_eq!(request.extension_type, ExtensionType::Taskserv);
            assert_eq!(
                serde_json::to_value(&request).unwrap(),
                json!({"extension_type": "taskserv", "name": "kubernetes"})
            );
        }
        for wrong in [
            json!({"extension_type": "service", "name": "kubernetes"}),
            json!({"name": "kubernetes"}),
            json!({"extension_type": "taskserv"}),
            json!({"extension_type": "taskserv", "name": "kubernetes", "force": true}),
        ] {
            serde_json::from_value::<ReloadRequest>(wrong).unwrap_err();
        }
    }

    #[test]
    fn reloading_answers_as_the_documents_do_or_says_why_not() {
        let home = tempfile::tempdir().unwrap();
        let metadata = "[extension]\nname = \"base\"\ntype = \"template\"\nversion = \"1.0.0\"\n";
        std::fs::create_dir(home.path().join("base")).unwrap();
        std::fs::write(home.path().join("base/metadata.toml"), metadata).unwrap();
        let manager = ExtensionManager::builder()
            .data_dir(home.path().join("data"))
            .extension_dirs([home.path().to_owned()])
            .build();
        let reload = |name: &str| {
            serde_json::to_value(manager.rest_reload(&ReloadRequest {
                extension_type: ExtensionType::Template,
                name: name.to_owned(),
            }))
            .unwrap()
        };
        assert_eq!(
            reload("base"),
            json!({"success": true, "data": "Extension base reloaded"})
        );
        let failed = reload("bas");
        assert_eq!(failed["success"], false);
        assert_eq!(failed["error"]["code"], "load::not-found");
        assert_eq!(
            failed["error"]["message"],
            "there is no template called `bas`"
        );
        let help = failed["error"]["help"].as_str().unwrap();
        assert!(help.starts_with("did you mean `base`?"), "{help}");
        let loaded = serde_json::to_value(manager.rest_loaded()).unwrap();
        assert_eq!(loaded["data"][0]["metadata"]["extension_type"], "Template");
    }

    #[test]
    fn answers_are_read_back_and_half_ones_refused() {
        let error = RestError {
            code: "load::not-found".to_owned(),
            message: "there is no such thing".to_owned(),
            help: None,
        };
        for answer in [Envelope::Data("done".to_owned()), Envelope::Error(error)] {
            let text = serde_json::to_string(&answer).unwrap();
            assert_eq!(
                serde_json::from_str::<Envelope<String>>(&text).unwrap(),
                answer
            );
        }
        for wrong in [
            json!({"success": true}),
            json!({"success": false, "data": "done"}),
            json!({"data": "done"}),
        ] {
            serde_json::from_value::<Envelope<Value>>(wrong).unwrap_err();
        }
    }
}
