//! What is remembered is what is there.

use super::super::request::WantedModule;
use super::*;

/// An extension in a directory, and an inspector that remembers.
struct Kept {
    home: tempfile::TempDir,
    inspector: Inspector,
    lib_dirs: Vec<PathBuf>,
}

impl Kept {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("root")).unwrap();
        Self {
            home,
            inspector: Inspector::default(),
            lib_dirs: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().canonicalize().unwrap().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), text).unwrap();
    }

    fn lib(mut self, name: &str) -> Self {
        std::fs::create_dir(self.path(name)).unwrap();
        self.lib_dirs.push(self.path(name));
        self
    }

    fn inspect(&self, code: &CodeFiles) -> Arc<Inspection> {
        let request = Request {
            root: self.path("root"),
            modules: vec![WantedModule {
                path: self.path("root/mod.nu"),
                commands: Vec::new(),
            }],
            scripts: Vec::new(),
            lib_dirs: self.lib_dirs.clone(),
            definitions: false,
        };
        self.inspector.inspect(&request, code, &|| false).unwrap()
    }

    fn now(&self) -> Arc<Inspection> {
        self.inspect(&CodeFiles::below(&self.path("root")))
    }

    /// Returns the exported commands, or else the codes of what is wrong.
    fn told(&self) -> Vec<String> {
        let inspection = self.now();
        let codes = inspection
            .problems
            .iter()
            .map(|problem| problem.code.clone());
        let commands = inspection.modules[0]
            .commands
            .iter()
            .map(|command| command.name.clone());
        codes.chain(commands).collect()
    }
}

#[test]
fn the_same_code_is_parsed_once() {
    let kept = Kept::new().lib("lib");
    kept.write(
        "root/mod.nu",
        "export use x.nu *\nexport use ./data.txt *\n",
    );
    kept.write("root/data.txt", "export def b [] { }\n");
    kept.write("lib/x.nu", "export def a [] { }\n");
    assert!(Arc::ptr_eq(&kept.now(), &kept.now()));
    assert_eq!(kept.told(), ["a", "b"]);
}

#[test]
fn what_has_changed_is_parsed_again_wherever_it_is() {
    let kept = Kept::new().lib("first").lib("second");
    kept.write(
        "root/mod.nu",
        "export use x.nu *\nexport use ./data.txt *\n",
    );
    kept.write("root/data.txt", "export def b [] { }\n");
    kept.write("second/x.nu", "export def a [] { }\n");
    assert_eq!(kept.told(), ["a", "b"]);
    // It is no file that an extension is known to have code in.
    kept.write("root/data.txt", "export def c [] { }\n");
    assert_eq!(kept.told(), ["a", "c"]);
    kept.write("second/x.nu", "export def d [] { }\n");
    assert_eq!(kept.told(), ["c", "d"]);
    // Another one stands before it.
    kept.write("first/x.nu", "export def e [] { }\n");
    assert_eq!(kept.told(), ["c", "e"]);
}

#[test]
fn what_was_not_there_is_looked_for_again() {
    let kept = Kept::new().lib("lib");
    kept.write("root/mod.nu", "export use ./data.txt *\n");
    kept.write("root/test.nu", "use x.nu *\n");
    assert_eq!(kept.told(), ["nushell::module-not-found"]);
    kept.write("root/data.txt", "export def a [] { }\n");
    assert_eq!(kept.told(), ["a"]);
}

#[test]
fn a_text_that_was_changed_between_reading_and_parsing_is_not_taken_for_the_old_one() {
    let kept = Kept::new();
    kept.write("root/mod.nu", "export def old [] { }\n");
    let code = CodeFiles::below(&kept.path("root"));
    kept.write("root/mod.nu", "export def new [] { }\n");
    assert_eq!(kept.inspect(&code).modules[0].commands[0].name, "new");
    kept.write("root/mod.nu", "export def old [] { }\n");
    assert_eq!(kept.told(), ["old"]);
    // Nor is one that disappears.
    let code = CodeFiles::below(&kept.path("root"));
    std::fs::remove_file(kept.path("root/mod.nu")).unwrap();
    let fresh = Kept {
        inspector: Inspector::default(),
        lib_dirs: Vec::new(),
        home: kept.home,
    };
    assert!(!fresh.inspect(&code).modules[0].is_found);
}

#[test]
fn what_is_remembered_has_a_limit() {
    let kept = Kept::new();
    let text = "# x\n".repeat(1000);
    for n in 0..20 {
        kept.write("root/mod.nu", &format!("{text}export def c{n} [] {{ }}\n"));
        kept.now();
    }
    let memory = kept.inspector.memory();
    assert_eq!(memory.known.len(), 20);
    let held: usize = memory.known.iter().map(|(_, known)| known.bytes()).sum();
    assert_eq!(memory.bytes, held);
}

/// An inspection of one file of that many bytes.
fn of_size(bytes: usize) -> Arc<Inspection> {
    Arc::new(Inspection {
        files: vec![crate::nushell::File {
            path: PathBuf::from("mod.nu"),
            text: " ".repeat(bytes).into(),
        }],
        ..Inspection::default()
    })
}

#[test]
fn thousands_of_small_extensions_are_remembered_and_large_ones_give_way() {
    let kept = Kept::new();
    let request = Request::default();
    let key = |number: usize| hash(&number.to_le_bytes());
    let small = of_size(4 << 10);
    for number in 0..5_000 {
        kept.inspector
            .keep(key(number), Ok(Arc::clone(&small)), Vec::new());
    }
    let known = |number: usize| kept.inspector.known(&key(number), &request).is_some();
    assert!((0..5_000).all(known));
    for number in 5_000..5_200 {
        let large = of_size(1 << 20);
        kept.inspector.keep(key(number), Ok(large), Vec::new());
    }
    let memory = kept.inspector.memory();
    assert!(memory.bytes <= MAX_KNOWN_BYTES, "{}", memory.bytes);
    drop(memory);
    // The oldest first.
    assert!((0..5_136).all(|number| !known(number)));
    assert!((5_140..5_200).all(known));
}
