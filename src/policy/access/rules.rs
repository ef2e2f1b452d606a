//! The rules made ready: read, held strictly against the schema, and found by the name each carries in `@id`.

use super::{
    decide::{Decision, Remembered, nothing_yet},
    mistakes::{FILE, invalid, line_of, unreadable},
    resource::Kind,
    schema::{action, groups, schema},
};
use crate::{
    contract::{OperationKey, Registry},
    policy::files::PolicyFiles,
};
use cedar_policy::{Effect, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Schema};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

/// One rule of `access.cedar`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its `@id`: what the audit calls it by.
    pub id: Arc<str>,
    /// Where it stands in the file, counted from 1.
    pub line: usize,
    pub permits: bool,
    /// Its `@code`: how the gate words a refusal by it.
    pub code: Option<Arc<str>>,
}

/// What rules are read from: all that they depend on.
#[derive(PartialEq, Eq)]
struct Source {
    rules: String,
    schema: String,
}

/// The rules in force, ready to decide by.
#[derive(Debug)]
pub struct Access {
    pub(super) policies: PolicySet,
    pub(super) rules: HashMap<PolicyId, Rule>,
    pub(super) actions: HashMap<OperationKey, Entity>,
    /// What these rules have decided.
    pub(super) remembered: Remembered,
}

impl Access {
    /// Reads the rules and holds them against the schema of these contracts. Every mistake is listed. Proving them takes
    /// longer than reading everything else, so what was read last is kept: a change of another file costs nothing here.
    pub fn read(registry: &Registry, files: &PolicyFiles) -> Result<Arc<Self>, Vec<String>> {
        static LAST: Mutex<Option<(Source, Arc<Access>)>> = Mutex::new(None);
        let text = files.get("access.cedar").ok_or_else(|| vec![format!("{FILE}: the file is missing")])?;
        let source = Source { rules: text.to_owned(), schema: schema(registry) };
        let last = || LAST.lock().expect("no holder of this lock panics");
        if let Some((_, same)) = last().as_ref().filter(|(read, _)| *read == source) {
            return Ok(same.clone());
        }
        let read = Arc::new(Self::prove(registry, &source)?);
        *last() = Some((source, read.clone()));
        Ok(read)
    }

    fn prove(registry: &Registry, source: &Source) -> Result<Self, Vec<String>> {
        let text = &source.rules;
        let parsed: PolicySet = text.parse().map_err(|errors| unreadable(text, &errors))?;
        let (policies, rules) = named(text, &parsed)?;
        let schema =
            schema_of(&source.schema).map_err(|error| vec![format!("policies/access.cedarschema: {error}")])?;
        let mistakes = invalid(text, &policies, schema);
        let actions = registry.routes().map(|(contract, operation)| {
            let groups = groups(contract, operation).iter().map(|group| uid("Action", group)).collect();
            (operation.key.clone(), Entity::new_no_attrs(uid("Action", &action(&operation.key)), groups))
        });
        let actions = actions.collect();
        if mistakes.is_empty() {
            Ok(Self { policies, rules, actions, remembered: nothing_yet() })
        } else {
            Err(mistakes)
        }
    }

    pub(super) fn knows(&self, operation: &OperationKey) -> bool {
        self.actions.contains_key(operation)
    }

    /// How the first of the rules that refused words it, where one does.
    pub fn says(&self, decision: &Decision) -> Option<&str> {
        let policies = decision.decided_by.iter().map(|id| PolicyId::new(&**id));
        policies.filter_map(|id| self.policies.annotation(&id, "says")).next()
    }

    /// The rules in the order of the file.
    pub fn rules(&self) -> Vec<&Rule> {
        let mut rules: Vec<_> = self.rules.values().collect();
        rules.sort_by_key(|rule| rule.line);
        rules
    }
}

fn schema_of(text: &str) -> Result<Schema, String> {
    Schema::from_cedarschema_str(text).map(|(schema, _)| schema).map_err(|error| error.to_string())
}

type Named = (PolicySet, HashMap<PolicyId, Rule>);

/// The same rules under the names they carry.
fn named(text: &str, parsed: &PolicySet) -> Result<Named, Vec<String>> {
    let (mut policies, mut rules, mut mistakes) = (PolicySet::new(), HashMap::new(), Vec::new());
    for policy in parsed.policies() {
        match rule(text, policy) {
            Ok(rule) => {
                let id = PolicyId::new(&*rule.id);
                if let Err(error) = policies.add(policy.new_id(id.clone())) {
                    mistakes.push(format!("{FILE}:{}: {error}", rule.line));
                }
                rules.insert(id, rule);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    mistakes
        .extend(parsed.templates().map(|template| format!("{FILE}: {}: templates have no place here", template.id())));
    if mistakes.is_empty() { Ok((policies, rules)) } else { Err(mistakes) }
}

fn rule(text: &str, policy: &Policy) -> Result<Rule, String> {
    let source = policy.to_cedar().unwrap_or_default();
    let id = policy.annotation("id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| format!("{FILE}: a rule without @id: {}", source.lines().next().unwrap_or_default()))?;
    let line = text.find(&format!("@id(\"{id}\")")).map_or(1, |offset| line_of(text, offset));
    if let Some(named) = policy.entity_literals().into_iter().find(is_one_resource) {
        return Err(format!(
            "{FILE}:{line}: {named}: a rule decides by what binds a resource, never on one by its name"
        ));
    }
    let code = policy.annotation("code").map(Arc::from);
    Ok(Rule { id: id.into(), line, permits: policy.effect() == Effect::Permit, code })
}

fn is_one_resource(named: &EntityUid) -> bool {
    Kind::ALL.iter().any(|kind| named.type_name() == &type_of(kind.name()))
}

/// Names an entity of one of the schema's types.
pub(super) fn uid(type_name: &'static str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_of(type_name), EntityId::new(id))
}

/// The schema's types, each read once.
fn type_of(name: &'static str) -> EntityTypeName {
    static TYPES: LazyLock<HashMap<&'static str, EntityTypeName>> = LazyLock::new(|| {
        let names = Kind::ALL.iter().map(|kind| kind.name()).chain(["Action", "Audience", "Consumer", "Contract"]);
        names.map(|name| (name, name.parse().expect("a type's name is one word"))).collect()
    });
    TYPES[name].clone()
}

#[cfg(test)]
mod tests {
    use super::{super::schema, Access};
    use crate::{policy::PolicyFiles, router};

    #[test]
    fn the_rules_keep_to_the_schema() {
        let files = PolicyFiles::embedded();
        let access =
            Access::read(&router::registry(), &files).unwrap_or_else(|mistakes| panic!("{}", mistakes.join("\n")));
        assert!(access.rules().windows(2).all(|two| two[0].line < two[1].line), "every rule is found in the file");
    }

    #[test]
    fn the_checked_in_schema_is_the_one_of_the_types() {
        let kept = PolicyFiles::embedded();
        let same = kept.get("access.cedarschema") == Some(schema(&router::registry()).as_str());
        assert!(same, "policies/access.cedarschema is outdated: run `haulgate policies write`");
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let read = |text: &str| Access::read(&router::registry(), &PolicyFiles::embedded().with("access.cedar", text));
        let told = |text: &str| read(text).expect_err("it is wrong").join("\n");
        assert_eq!(told("\npermit (principal, action, resource)").split(": ").next(), Some("policies/access.cedar:2"));
        let wrong = "@id(\"a\")\npermit (principal, action, resource is Order)\nwhen { resource.partly == \"p\" };\n\
                     @id(\"b\")\npermit (principal in Audience::\"partnr\", action, resource);\npermit (principal, action, resource);\n";
        let wrong = told(wrong);
        assert!(wrong.contains("without @id"), "{wrong}");
        let wrong = told(&wrong_but_named());
        assert!(wrong.contains("policies/access.cedar:3: "), "{wrong}");
        assert!(wrong.contains("policies/access.cedar:5: "), "{wrong}");
        assert!(
            told("@id(\"a\")\npermit (principal, action == Action::\"process/orders.v1 get_ordr\", resource);")
                .contains("access.cedar:2")
        );
    }

    #[test]
    fn no_rule_is_about_one_resource_by_its_name() {
        for rule in [
            "permit (principal, action, resource == Order::\"ord_1\");",
            "permit (principal, action, resource is Order) when { resource != Order::\"ord_1\" };",
        ] {
            let text = format!("@id(\"a\")\n{rule}\n");
            let read = Access::read(&router::registry(), &PolicyFiles::embedded().with("access.cedar", &text));
            let told = read.expect_err("it names one").join("\n");
            assert!(told.contains("access.cedar:1: Order::\"ord_1\": a rule decides by"), "{told}");
        }
    }

    fn wrong_but_named() -> String {
        "@id(\"a\")\npermit (principal, action, resource is Order)\nwhen { resource.partly == \"p\" };\n\
         @id(\"b\")\npermit (principal in Audience::\"partnr\", action, resource);\n"
            .to_owned()
    }
}
