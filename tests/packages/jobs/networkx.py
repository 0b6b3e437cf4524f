"""A graph: paths, order, ranks, components, and its text."""

import networkx as nx

GRAPH = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c"), ("d", "c"), ("x", "y")])


def job():
    weighted = nx.Graph()
    weighted.add_weighted_edges_from([(1, 2, 4), (2, 3, 1), (1, 3, 7), (3, 4, 2)])
    return [
        nx.shortest_path(GRAPH, "a", "c"),
        list(nx.lexicographical_topological_sort(GRAPH)),
        sorted(map(sorted, nx.weakly_connected_components(GRAPH))),
        nx.dijkstra_path_length(weighted, 1, 4),
        sorted(nx.minimum_spanning_tree(weighted).edges),
        {node: round(rank, 6) for node, rank in nx.degree_centrality(GRAPH).items()},
        list(nx.generate_adjlist(nx.path_graph(3))),
    ]
