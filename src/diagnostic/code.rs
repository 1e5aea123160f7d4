//! The stable codes, in one table.

use std::fmt;

macro_rules! codes {
    ($($(#[$group:meta])* $variant:ident = $text:literal, $summary:literal;)*) => {
        /// The stable name of a kind of problem: what scripts may match on, what documentation explains.
        ///
        /// A code never changes its meaning; a code that is no longer used is not given to anything else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// Returns the code as text, such as `structure::missing`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// Returns the code of that text.
            pub fn from_text(text: &str) -> Option<Code> {
                Code::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Returns what the code means, in one sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    Missing = "metadata::missing", "The directory has no metadata file";
    Unreadable = "metadata::unreadable", "The metadata file cannot be read";
    Outside = "metadata::outside", "The metadata file is a link that leaves the extension";
    TooLarge = "metadata::too-large", "The metadata file is larger than the limit";
    NotUtf8 = "metadata::not-utf8", "The metadata file is not UTF-8 text";
    Syntax = "metadata::syntax", "The metadata file is not valid TOML";
    TooDeep = "metadata::too-deep", "Tables or arrays are nested deeper than the limit";
    MissingKey = "metadata::missing-key", "A required key is missing";
    WrongType = "metadata::wrong-type", "A value has another type than its key asks for";
    InvalidName = "metadata::invalid-name", "A name breaks the naming rule";
    InvalidVersion = "metadata::invalid-version", "A version or a version constraint cannot be read";
    InvalidValue = "metadata::invalid-value", "A value is outside of what its key allows";
    TooLong = "metadata::too-long", "A value or a list is longer than the limit";
    ForbiddenCharacter = "metadata::forbidden-character", "A text holds control, bidirectional or invisible characters";
    UnknownKey = "metadata::unknown-key", "A key or table is not known; it is kept and not used";
    Conflict = "metadata::conflict", "Two places give different values for the same thing";
    UnknownType = "metadata::unknown-type", "The type of the extension cannot be told";
    PaddedVersion = "metadata::padded-version", "A version has fewer than three numbers and was completed with zeros";

    StructureMissing = "structure::missing", "A file or folder that the extension needs is not there";
    StructureRecommended = "structure::recommended", "A file or folder that extensions of this type usually have is not there";
    StructureName = "structure::name-mismatch", "The directory is named differently from the extension";
    StructureLegacyKcl = "structure::legacy-kcl", "The schemas are KCL, which is not checked";
    StructureNotDirectory = "structure::not-a-directory", "The path is not a directory";

    StructureEmpty = "structure::empty", "A file that should say something is empty";
    StructureSection = "structure::missing-section", "A document lacks a heading that documents of its kind have";

    SchemaStringUnion = "schema::string-union", "A field lists the texts it allows as KCL does";
    SchemaListContract = "schema::list-contract", "A field has a list where Nickel has `Array`";
    SchemaNullDefault = "schema::null-default", "A field is null, which its own contract does not allow";
    SchemaKclField = "schema::kcl-field", "A field is written in KCL";
    SchemaKclSchema = "schema::kcl-schema", "A `schema` of KCL stands in a Nickel file";
    SchemaKclCheck = "schema::kcl-check", "A `check` of KCL stands in a Nickel file";
    SchemaUnbalanced = "schema::unbalanced", "A bracket is never closed, or closes nothing";
    SchemaMissingComma = "schema::missing-comma", "Two fields have no comma between them";
    SchemaFixedValue = "schema::fixed-value", "A field of a contract has a value that data cannot replace";
    SchemaEmptyContract = "schema::empty-contract", "A contract of a record without fields allows no fields";
    SchemaWithoutValue = "schema::without-value", "A section of a value is only declared";
    SchemaOwnName = "schema::own-name", "A field is named like its contract, and so means itself";
    SchemaUnchecked = "schema::unchecked-value", "No contract checks a value, although there is one for it";
    SchemaFraction = "schema::fraction", "A number that counts something is not whole";
    SchemaMismatch = "schema::mismatch", "A schema and the metadata disagree";
    SchemaInvalidDependency = "schema::invalid-dependency", "A dependency in a schema cannot be read";
    SchemaInvalidVersion = "schema::invalid-version", "A version in a schema cannot be read";
    SchemaOutside = "schema::outside", "A schema is a link that leaves the extension";
    SchemaLimit = "schema::limit", "There are more schemas than are looked at";
    SchemaUnknown = "schema::unknown", "Which schemas the extension needs cannot be told, because the metadata have errors";

    VersionIncompatible = "version::incompatible", "The extension asks for a version of the platform that is not the one here";
    VersionUnknown =
        "version::unknown", "The versions cannot be checked, because the metadata have errors";
    VersionNotChecked = "version::not-checked", "A constraint is about a tool that is not used here";
    VersionImpossible = "version::impossible", "No version can satisfy the constraint";

    DependencyMissing = "dependency::missing", "An extension that is needed is neither registered nor found";
    DependencyVersion = "dependency::version", "An extension that is needed is there in other versions only";
    DependencyType = "dependency::type", "An extension that is needed is there as one of another type";
    DependencyAmbiguous = "dependency::ambiguous", "Extensions of several types have the name of one that is needed";
    DependencyItself = "dependency::itself", "An extension depends on itself";
    DependencyNotChecked = "dependency::not-checked", "It cannot be told whether everything that is needed is there";
    DependencyProgram = "dependency::program", "There is no program of the name of a system package that is needed";
    DependencyVariable = "dependency::variable", "An environment variable that is needed is not set, or empty";

    SecurityLinkOutside = "security::link-outside", "A link leaves the extension";
    SecurityLinkAbsolute = "security::link-absolute", "A link into the extension starts at the root of the file system";
    SecurityLinkAbove = "security::link-above", "A link points to a directory above it";
    SecurityLinkBroken = "security::link-broken", "A link points to nothing";
    SecuritySpecialFile = "security::special-file", "A file is neither a regular file nor a directory nor a link";
    SecurityName = "security::name", "The name of a file deceives, or leaves the directory where it is unpacked";
    SecurityNamePortable = "security::name-not-portable", "The name of a file cannot be used on every system";
    SecurityNameCase = "security::name-case", "Names in one directory differ only in case";
    SecurityPrivileged = "security::privileged", "A file runs with the rights of its owner or group";
    SecurityWritable = "security::world-writable", "Everybody on the machine may change a file or a directory";
    SecuritySecret = "security::secret", "A text looks like a key, a token or a password";
    SecurityInstructions = "security::agent-instructions", "A file with instructions for automated agents travels with the extension";
    SecurityNotChecked = "security::not-checked", "Something was not looked at, because it cannot be read or is too much";

    RemoteUnavailable = "remote::unavailable", "There is nothing at the address of a remote";
    RemoteIo = "remote::io", "A file of a remote cannot be read or written";
    RemoteBusy = "remote::busy", "Somebody else has been changing the same package of a remote for too long";
    RemoteTaken = "remote::taken", "A version is in a remote already, with other contents";
    RemoteNotFound = "remote::not-found", "A remote has no package of that name, or not in that version";
    RemoteBadIndex = "remote::bad-index", "The index of a package has a line that cannot be read";
    RemoteNewer = "remote::newer", "The index of a package was written by a newer program";
    RemoteDifferent = "remote::different", "What a remote has is not what was published";
    RemoteUnpublishable = "remote::unpublishable", "A package cannot be described in an index";
    RemoteUnknown = "remote::unknown", "No remote has that name, or it is not said which one is meant";

    InstallDifferent = "install::different", "What was installed is not what the index or the lock says";
    InstallNeeded = "install::needed", "Other extensions need what is to be uninstalled";
    InstallNotInstalled = "install::not-installed", "What is to be uninstalled or updated was not installed from a remote";
    InstallLocked = "install::locked", "What the lock names cannot be installed as it is";
    InstallBusy = "install::busy", "Somebody else has been installing for too long";
    InstallIo = "install::io", "Files of what is installed cannot be written or removed";

    ScaffoldName = "scaffold::name", "The name that an extension is to have cannot be one";
    ScaffoldText = "scaffold::text", "A text about a new extension cannot be written into its files";
    ScaffoldExists = "scaffold::exists", "The directory of a new extension is there already, with something in it";
    ScaffoldInTheWay = "scaffold::in-the-way", "Something is in the place of a file or a directory of a new extension";
    ScaffoldNotFound = "scaffold::not-found", "There is no scaffold of that name or at that path";
    ScaffoldUnusable = "scaffold::unusable", "A scaffold cannot be used as it is";
    ScaffoldIo = "scaffold::io", "A file of a scaffold or of a new extension cannot be read or written";
    ScaffoldRegistered = "scaffold::registered", "An extension of the same type and name is registered";
    ScaffoldLicense = "scaffold::license", "The text of a license is not known here";

    RegistryNotFound = "registry::not-found", "No registered extension has that name, type or version";
    RegistryAmbiguous = "registry::ambiguous", "Several registered extensions have that name";
    RegistryTaken = "registry::taken", "Another path is registered for the same type, name and version";
    RegistryGone = "registry::gone", "The registered path is no longer an extension";
    RegistryStale =
        "registry::stale", "The files say something else than what is registered";
    RegistryInvalid = "registry::invalid", "The extension cannot be registered as it is";

    StoreNewer = "store::newer", "The database was written by a newer version of the plugin";
    StoreCorrupt = "store::corrupt", "The database is damaged";
    StoreForeign = "store::foreign", "The file is not a database of this plugin";
    StoreBusy = "store::busy", "Another process held the database for too long";
    StoreIo = "store::io", "The database cannot be opened or written";

    AuditBroken = "audit::broken", "The record of what was done was changed by something else than the plugin";

    ResolveConflict = "resolve::conflict", "No choice of versions satisfies every constraint";
    ResolveMissing = "resolve::missing", "An extension that is needed is not there";
    ResolvePlatform = "resolve::platform", "An extension does not work with this platform";
    ResolveAmbiguous = "resolve::ambiguous", "A name stands for extensions of several types";
    ResolveTimeout = "resolve::timeout", "The search for versions took too long";
    ResolveSource = "resolve::source", "A place cannot be searched for extensions";

    LockNotFound = "lock::not-found", "An extension has no lock";
    LockInvalid = "lock::invalid", "A lock cannot be read, or contradicts itself";
    LockNewer = "lock::newer", "A lock was written by a newer version of the plugin";
    LockIo = "lock::io", "A lock cannot be opened or written";
    LockNoDigest = "lock::no-digest", "An extension has something that no digest can be made of";
    LockStale = "lock::stale", "A lock is not up to date";
    LockMismatch = "lock::mismatch", "An extension is not the one that was locked";

    LoadNotFound = "load::not-found", "No extension of that name is registered or found";
    LoadAmbiguous = "load::ambiguous", "Several extensions could be meant";
    LoadVersionMismatch = "load::version-mismatch", "An extension is there in other versions only";
    LoadMissingDependencies = "load::missing-dependencies", "Extensions that are needed are not there";
    LoadUnresolved = "load::unresolved", "What an extension needs does not go together";
    LoadFailed = "load::failed", "The files of an extension have errors";
    LoadChanging = "load::changing", "The files of an extension change while they are read";
    LoadCache = "load::cache", "The cache on disk cannot be used";
    LoadMoved = "load::moved", "A registered directory holds another extension by now";

    ClusterUnknownDependency = "cluster::unknown-dependency", "A component depends on a name that no component has";
    ClusterCycle = "cluster::cycle", "Components depend on each other in a circle";
    ClusterDuplicate = "cluster::duplicate-name", "Several components have the same name";
    ClusterDisabledDependency = "cluster::disabled-dependency", "An enabled component depends on a disabled one";
    ClusterVersion = "cluster::version-mismatch", "A component has another version than one that depends on it asks for";
    ClusterMissingTaskserv = "cluster::missing-taskserv", "The taskserv of a component, or one that it needs, is neither registered nor found";
    ClusterTaskservVersion = "cluster::taskserv-version", "The taskserv of a component, or one that it needs, is there in other versions only";
    ClusterInvalid = "cluster::invalid-component", "A row is not a component";
    ClusterNoComponents = "cluster::no-components", "No list of components was found in the input";
    ClusterUnresolvable = "cluster::unresolvable", "The components have several faults, each listed";

    NickelParse = "nickel::parse", "The text is not valid Nickel";
    NickelType = "nickel::type", "The types do not fit";
    NickelContract = "nickel::contract", "A value breaks its contract";
    NickelImport = "nickel::import", "An import cannot be read or is not allowed";
    NickelMissingDefinition = "nickel::missing-definition", "A field without a value is needed";
    NickelMissingField = "nickel::missing-field", "A record has no such field";
    NickelMerge = "nickel::merge", "Two values cannot be merged";
    NickelUnbound = "nickel::unbound", "A name is not defined";
    NickelRecursion = "nickel::recursion", "A value is defined by itself";
    NickelExport = "nickel::export", "A value has no counterpart in data, such as a function";
    NickelEval = "nickel::eval", "The evaluation failed";
    NickelLimit = "nickel::limit", "The evaluation went over a limit";
    NickelIo = "nickel::io", "The file cannot be read";
    NickelInternal = "nickel::internal", "The evaluator itself failed";

    TemplateSyntax = "template::syntax", "The text is not a valid template";
    TemplateUnclosed = "template::unclosed", "A block or a tag is not closed, or closed without being open";
    TemplateUnknownFilter = "template::unknown-filter", "There is no filter of that name";
    TemplateUnknownTest = "template::unknown-test", "There is no test of that name";
    TemplateUnknownFunction = "template::unknown-function", "There is no function, macro or method of that name";
    TemplateMissing = "template::missing", "A template that is included, imported or extended is not there";
    TemplateOutside = "template::outside", "A template leaves the directory of the templates";
    TemplateCircle = "template::circle", "A template uses itself, which never ends";
    TemplateUnreadable = "template::unreadable", "A template cannot be read";
    TemplateLimit = "template::limit", "A template went over a limit";
    TemplateUndefined = "template::undefined", "A variable that a template needs is not in the data";
    TemplateUnused = "template::unused-data", "The data have a field that no template uses";
    TemplateFailed = "template::failed", "A template cannot do something with the data";
    TemplateWrite = "template::write", "What was made of a template cannot be written";
    TemplateInternal = "template::internal", "The template engine itself failed";

    DocsIncomplete = "docs::incomplete", "An extension cannot be documented, because it has errors";
    DocsStale = "docs::stale", "The API.md of an extension says something else than its files";
    DocsHandWritten = "docs::hand-written", "The API.md of an extension has no generated parts";
    DocsIo = "docs::io", "The API.md of an extension cannot be read or written";

    InterfaceMissingOperation = "interface::missing-operation", "An operation of the interface is not exported";
    InterfaceMissingHelper = "interface::missing-helper", "A command that extensions of this type usually export is not there";
    InterfaceMissingParameter = "interface::missing-parameter", "An operation takes fewer arguments than it is called with";
    InterfaceExtraParameter = "interface::extra-parameter", "An operation needs an argument that it is not called with";
    InterfaceParameterType = "interface::parameter-type", "A parameter does not take what is passed";
    InterfaceNarrowParameter = "interface::narrow-parameter", "A parameter takes only some records, and the schema does not say that all have those fields";
    InterfaceMissingFlag = "interface::missing-flag", "A flag of the interface is not there";
    InterfaceFlagType = "interface::flag-type", "A flag takes something else than what is passed";
    InterfaceOutputType = "interface::output-type", "An operation returns something else than the interface says";
    InterfaceInputType = "interface::input-type", "An operation wants something from the pipeline and is called without";
    InterfaceUntyped = "interface::untyped-output", "An operation does not say what it returns";
    InterfaceNotADefinition = "interface::not-a-definition", "An operation is exported as an alias or an external command, which cannot be checked";
    InterfaceNotChecked = "interface::not-checked", "The interface was not checked, because the extension's type cannot be told";

    NushellSyntax = "nushell::syntax", "The code is not valid Nushell";
    NushellBrackets = "nushell::brackets", "Brackets or quotes do not match";
    NushellType = "nushell::type", "The types do not fit";
    NushellArguments = "nushell::arguments", "A command is called with too many or too few arguments";
    NushellUnknownVariable = "nushell::unknown-variable", "A variable is not defined";
    NushellUnknownFlag = "nushell::unknown-flag", "A command has no such flag";
    NushellUnknownCommand = "nushell::unknown-command", "A word is called that no command has, and would be run as a program";
    NushellModuleNotFound = "nushell::module-not-found", "A module that is imported is not there";
    NushellCircularImport = "nushell::circular-import", "Modules import each other in a circle";
    NushellDeprecated = "nushell::deprecated", "A command or flag will be gone in a later Nushell";
    NushellOldReturnType = "nushell::old-return-type", "What a command returns is written as in old Nushells, without the type of its input";
    NushellNullType = "nushell::null-type", "`null` stands where a type has to";
    NushellTypedSwitch = "nushell::typed-switch", "A switch is declared with a type";
    NushellSwitchValue = "nushell::switch-value", "A switch is given a value after a blank";
    NushellEndsInError = "nushell::ends-in-error", "A command that returns a value ends in an error";
    NushellCapturedMutable = "nushell::captured-mutable", "A closure uses a variable that changes";
    NushellStdImport = "nushell::std-import", "A module of the standard library is imported without its commands";
    NushellDurationAsNumber = "nushell::duration-as-number", "A duration is compared with a number";
    NushellShellSubstitution = "nushell::shell-substitution", "`$(...)` of other shells stands in a text";
    NushellShellOperator = "nushell::shell-operator", "An operator of other shells stands between commands or arguments";
    NushellQuotedPath = "nushell::quoted-path", "A path of columns is quoted, and so names one column";
    NushellUnguardedField = "nushell::unguarded-field", "A field that may not be there is read before its default is given";
    NushellUnguardedEnv = "nushell::unguarded-env", "An environment variable is read before it is asked whether it is set";
    NushellUnguardedRow = "nushell::unguarded-row", "A row is read of a table that may be empty";
    NushellEnvLost = "nushell::env-lost", "An environment variable is set and forgotten at once";
    NushellEnvList = "nushell::env-list", "Environment variables are given as a list";
    NushellExitStatus = "nushell::exit-status", "The exit status of a program, which is its answer, ends a pipeline";
    NushellSaveOnce = "nushell::save-once", "A file is written in a way that works only once";
    NushellSplitBlanks = "nushell::split-blanks", "Columns are split at single blanks";
    NushellPrints = "nushell::prints", "A command that returns data prints too";
    NushellNotUtf8 = "nushell::not-utf8", "The file is not UTF-8 text";
    NushellTooLarge = "nushell::too-large", "The file, or the number of files, is larger than the limit";
    NushellTooDeep = "nushell::too-deep", "Brackets are nested deeper than the limit";
    NushellUnreadable = "nushell::unreadable", "The file cannot be read";
    NushellLimit = "nushell::limit", "The code cannot be parsed within the limits";
    NushellInternal = "nushell::internal", "The inspection itself failed";

    RunStart = "run::start", "The Nushell that runs code cannot be started, or is another one";
    RunScratch = "run::scratch", "A temporary directory for a run cannot be used";

    CallUnknownOperation = "call::unknown-operation", "An extension has no operation of that name";
    CallArguments = "call::arguments", "An operation is called with too many or too few arguments";
    CallUnknownFlag = "call::unknown-flag", "An operation has no such flag";
    CallType = "call::type", "An argument is of another type than its parameter";
    CallEnvironment = "call::environment", "A variable that an extension requires is not set";
    CallFailed = "call::failed", "An operation has raised an error";
    CallTimeout = "call::timeout", "An operation has taken longer than it may";
    CallDied = "call::died", "An operation has ended the Nushell that it ran in";
    CallNotData = "call::not-data", "An operation returns something that is no data, such as a closure";
    CallTooMuch = "call::too-much", "An operation returns or prints more than it may";
    CallLingered = "call::lingered", "An operation has left processes behind";
    CallInterrupted = "call::interrupted", "An operation was interrupted";

    DeploymentName = "deployment::name", "The name of a deployment cannot be used";
    DeploymentComponent = "deployment::component", "A component cannot be deployed as it is written";
    DeploymentNotFound = "deployment::not-found", "There is no deployment of that name";
    DeploymentUnknownComponent = "deployment::unknown-component", "A deployment has no component of that name";
    DeploymentNoSetting = "deployment::no-setting", "No component of a deployment has that setting";
    DeploymentRefused = "deployment::refused", "Something cannot be done, which is known before anything is";
    DeploymentHeld = "deployment::held", "Another process works on the deployment";
    DeploymentFinished = "deployment::finished", "Nothing is unfinished in a deployment";
    DeploymentOtherDefinition = "deployment::other-definition", "An unfinished run is for another definition";
    DeploymentFailed = "deployment::failed", "Something failed while a deployment was changed";
    DeploymentIncomplete = "deployment::incomplete", "Something could not be taken back";
    DeploymentInterrupted = "deployment::interrupted", "Work on a deployment was interrupted";
    DeploymentLock = "deployment::lock", "A deployment cannot be locked";

    TestFailed = "test::failed", "A test has failed";
    TestTimeout = "test::timeout", "A test has taken longer than it may";
    TestDied = "test::died", "A test has ended the Nushell that it ran in";
    TestHook = "test::hook", "A command that runs before or after tests has failed";
    TestNone = "test::none", "A file or an extension has no tests";
    TestName = "test::name", "A test has a name or parameters with which nothing can call it";
    TestOutside = "test::outside", "A file of tests is a link that leaves the extension";

    SecurityOutsideImport = "security::outside-import", "A module from outside of the extension is imported";
    SecurityRunsFile = "security::runs-file", "Code is taken from a file that is not part of the module";
    SecurityChangesShell = "security::changes-shell", "The code changes the shell of whoever uses the extension";

    ConfigUnknownKey = "config::unknown-key", "A setting is not known";
    ConfigInvalid = "config::invalid", "A setting has a value that cannot be used";
    ConfigSyntax = "config::syntax", "The file with settings is not valid TOML";
    ConfigUnreadable = "config::unreadable", "The file with settings cannot be read";
    ConfigUnknownReference = "config::unknown-reference", "A reference in the file with settings names no key of the file";
    ConfigCircularReference = "config::circular-reference", "References in the file with settings lead back to where they began";
    ConfigInvalidReference = "config::invalid-reference", "A reference in the file with settings cannot be resolved";
    ConfigNoDataDir = "config::no-data-dir", "No directory for the plugin's data can be told";

    PackageRefused = "package::refused", "No package can be built, for several reasons";
    PackageNotAFile = "package::not-a-file", "A package holds regular files and folders only";
    PackageName = "package::name", "A name cannot be used on every system, or leaves the folder that it is in";
    PackageCollision = "package::collision", "Two paths are one where case or the form of letters does not count";
    PackageSecret = "package::secret", "A file has a name that keys and passwords are kept under";
    PackageInstructions = "package::instructions", "A file instructs the agents of whoever installs the package";
    PackageReserved = "package::reserved", "A file has the name of the list that a package is described by";
    PackageNoType = "package::no-type", "What the extension is, only the folder around it tells";
    PackageLimit = "package::limit", "A package is larger, deeper or fuller than the limits";
    PackageLeftOut = "package::left-out", "A file is left out, and lies where code, schemas and templates are looked for";
    PackageUnreadable = "package::unreadable", "A file cannot be read";
    PackageChanged = "package::changed", "A file has changed while it was being read";
    PackageWrite = "package::write", "A file or a folder cannot be written";
    PackageArchive = "package::archive", "The file is not a package as `extension build` writes it";
    PackageNewer = "package::newer", "A later version of the plugin has built the package";
    PackageDigest = "package::digest", "A file in a package is not the one that its list names";
    PackageUnsigned = "package::unsigned", "A package has no signature, and one is required";
    PackageSignature = "package::signature", "The signature of a package is not right";
    PackageUntrusted = "package::untrusted", "A package is signed with a key that is not trusted";
    PackageKey = "package::key", "A key cannot be used";
    PackageExists = "package::exists", "What was to be made is there already";

    InputPath = "input::path", "A path does not exist or is of the wrong kind";
    InputInvalid = "input::invalid", "An argument or the pipeline input cannot be used";
    ValidationFailed = "validation::failed", "The extension was validated strictly and has errors";
    FixWrite = "fix::write", "A file that was to be mended cannot be written";
    FixRefused = "fix::refused", "An edit was left out, because it would make another error";
    DoctorFailed = "doctor::failed", "Something that loading rests on is not in order";
    PluginPanic = "plugin::panic", "The plugin has a fault; the call was stopped and the plugin goes on";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_shaped_alike() {
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} is there twice");
            let (area, name) = text.split_once("::").unwrap_or_default();
            let well_formed = |part: &str| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            };
            assert!(well_formed(area) && well_formed(name), "{text}");
            assert!(!code.summary().ends_with('.'), "{text}");
        }
    }
}
