//! Ranks of a directed graph with weights: sources first, along as many edges as can be had.

/// One edge: from, to, weight.
pub(super) type Arc = (usize, usize, usize);

/// A rank for each vertex, from 0. Edges that would close a cycle are turned around; which ones is found
/// as Eades, Lin and Smyth do: take sinks to the end, sources to the front, and else the vertex with the
/// most outgoing over incoming weight. Ties go to the smaller number.
pub(super) fn ranks(vertices: usize, arcs: &[Arc]) -> Vec<usize> {
    let sequence = sequence(vertices, arcs);
    let mut position = vec![0; vertices];
    for (index, &vertex) in sequence.iter().enumerate() {
        position[vertex] = index;
    }
    let mut following: Vec<Vec<usize>> = vec![Vec::new(); vertices];
    for &(from, to, _) in arcs {
        if position[from] < position[to] {
            following[from].push(to);
        }
    }
    let mut ranks = vec![0; vertices];
    for &vertex in &sequence {
        for &next in &following[vertex] {
            ranks[next] = ranks[next].max(ranks[vertex] + 1);
        }
    }
    // Close to what follows: a source two columns away from its only target makes a long line.
    for &vertex in sequence.iter().rev() {
        if let Some(nearest) = following[vertex].iter().map(|&next| ranks[next]).min()
            && !arcs.iter().any(|&(_, to, _)| to == vertex)
        {
            ranks[vertex] = nearest - 1;
        }
    }
    ranks
}

/// The vertices in the order that turns around little weight.
fn sequence(vertices: usize, arcs: &[Arc]) -> Vec<usize> {
    let mut out_weight = vec![0_i64; vertices];
    let mut in_weight = vec![0_i64; vertices];
    let mut touching: Vec<Vec<(usize, i64, bool)>> = vec![Vec::new(); vertices];
    for &(from, to, weight) in arcs {
        if from == to {
            continue;
        }
        let weight = i64::try_from(weight).unwrap_or(i64::MAX);
        out_weight[from] += weight;
        in_weight[to] += weight;
        touching[from].push((to, weight, true));
        touching[to].push((from, weight, false));
    }
    let mut left: Vec<bool> = vec![true; vertices];
    let (mut front, mut back) = (Vec::new(), Vec::new());
    for _ in 0..vertices {
        let rest = (0..vertices).filter(|&vertex| left[vertex]);
        let sink = rest.clone().filter(|&vertex| out_weight[vertex] == 0 && in_weight[vertex] > 0).max();
        let source = rest.clone().find(|&vertex| in_weight[vertex] == 0);
        let best =
            rest.max_by_key(|&vertex| (out_weight[vertex] - in_weight[vertex], std::cmp::Reverse(vertex)));
        let Some(vertex) = sink.or(source).or(best) else { break };
        if Some(vertex) == sink {
            back.push(vertex);
        } else {
            front.push(vertex);
        }
        left[vertex] = false;
        for &(other, weight, outgoing) in &touching[vertex] {
            if outgoing { in_weight[other] -= weight } else { out_weight[other] -= weight }
        }
    }
    front.extend(back.into_iter().rev());
    front
}

/// Cuts a sequence of heights into at most `parts` runs so that the tallest is as low as can be. Gives the
/// run of each.
pub(super) fn balanced(heights: &[f64], parts: usize) -> Vec<usize> {
    let (mut low, mut high) = (heights.iter().copied().fold(0.0, f64::max), heights.iter().sum::<f64>());
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        if fill(heights, middle).last().copied().unwrap_or(0) < parts.max(1) {
            high = middle;
        } else {
            low = middle;
        }
    }
    fill(heights, high)
}

fn fill(heights: &[f64], most: f64) -> Vec<usize> {
    let (mut run, mut sum) = (0, 0.0);
    heights
        .iter()
        .map(|&height| {
            if sum > 0.0 && sum + height > most {
                run += 1;
                sum = 0.0;
            }
            sum += height;
            run
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_ranked_in_its_order() {
        assert_eq!(ranks(3, &[(2, 1, 1), (1, 0, 1)]), [2, 1, 0]);
    }

    #[test]
    fn the_lighter_edge_of_a_cycle_is_turned() {
        assert_eq!(ranks(2, &[(0, 1, 1), (1, 0, 5)]), [1, 0]);
    }

    #[test]
    fn a_source_stands_beside_its_target() {
        assert_eq!(ranks(4, &[(0, 1, 1), (1, 2, 1), (3, 2, 1)]), [0, 1, 2, 1]);
    }

    #[test]
    fn runs_are_balanced() {
        assert_eq!(balanced(&[3.0, 1.0, 1.0, 1.0, 3.0], 3), [0, 1, 1, 1, 2]);
        assert_eq!(balanced(&[1.0, 1.0], 1), [0, 0]);
        assert!(balanced(&[], 2).is_empty());
    }
}
