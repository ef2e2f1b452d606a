//! VRPTW instances in the TSPLIB-like format of Gehring and Homberger's sets: customers on a plane, with demands and
//! time windows, to be served from one depot.

use std::collections::BTreeMap;

/// A problem instance. Distances, times and demands have the instance's own units.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    pub name: String,
    pub vehicles: usize,
    pub capacity: u64,
    pub service_time: u64,
    pub depot: Node,
    pub customers: Vec<Node>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub number: u32,
    pub x: f64,
    pub y: f64,
    pub demand: u64,
    pub opens: u64,
    pub closes: u64,
}

impl Instance {
    /// Reads an instance; says which line is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut head = BTreeMap::new();
        let mut nodes: BTreeMap<u32, Node> = BTreeMap::new();
        let mut section = String::new();
        for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
            if let Some((name, value)) = line.split_once(':') {
                head.insert(name.trim().to_owned(), value.trim().to_owned());
            } else if line.chars().next().is_some_and(char::is_alphabetic) {
                section = line.to_owned();
            } else if !line.is_empty() && section != "DEPOT_SECTION" {
                place(&mut nodes, &section, line).ok_or_else(|| format!("line {number}: {line}"))?;
            }
        }
        let whole = |name: &str| {
            let text = head.get(name).ok_or_else(|| format!("{name} is missing"))?;
            text.parse::<u64>().map_err(|_| format!("{name}: {text} is no number"))
        };
        let depot = nodes.remove(&1).ok_or("the depot, node 1, is missing")?;
        Ok(Self {
            name: head.get("NAME").cloned().unwrap_or_default(),
            vehicles: usize::try_from(whole("VEHICLES")?).map_err(|_| "too many vehicles")?,
            capacity: whole("CAPACITY")?,
            service_time: whole("SERVICE_TIME")?,
            depot,
            customers: nodes.into_values().collect(),
        })
    }
}

/// Takes in one line of a section.
fn place(nodes: &mut BTreeMap<u32, Node>, section: &str, line: &str) -> Option<()> {
    let mut words = line.split_whitespace();
    let number = words.next()?.parse().ok()?;
    let mut next = || words.next()?.parse::<f64>().ok();
    let node = nodes.entry(number).or_insert_with(|| Node { number, ..Node::default() });
    match section {
        "NODE_COORD_SECTION" => (node.x, node.y) = (next()?, next()?),
        "DEMAND_SECTION" => node.demand = next()? as u64,
        "TIME_WINDOW_SECTION" => (node.opens, node.closes) = (next()? as u64, next()? as u64),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::Instance;

    const SMALL: &str = "NAME : S\nTYPE : VRPTW\nDIMENSION : 3\nVEHICLES : 2\nCAPACITY : 20\nSERVICE_TIME : 10\n\
        NODE_COORD_SECTION\n1 0 0\n2 3 4\n3 6 8\nDEMAND_SECTION\n1 0\n2 5\n3 7\nTIME_WINDOW_SECTION\n1 0 100\n\
        2 10 20\n3 30 40\nDEPOT_SECTION\n1\n-1\nEOF\n";

    #[test]
    fn an_instance_is_read_whole() {
        let instance = Instance::read(SMALL).unwrap();
        assert_eq!((instance.vehicles, instance.capacity, instance.service_time), (2, 20, 10));
        assert_eq!(instance.depot.closes, 100);
        let customers: Vec<_> = instance.customers.iter().map(|one| (one.x, one.demand, one.opens)).collect();
        assert_eq!(customers, [(3.0, 5, 10), (6.0, 7, 30)]);
    }

    #[test]
    fn the_wrong_line_is_named() {
        let error = Instance::read(&SMALL.replace("2 3 4", "2 three 4")).unwrap_err();
        assert_eq!(error, "line 9: 2 three 4");
    }
}
