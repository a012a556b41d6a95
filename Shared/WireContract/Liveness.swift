/// How the suite knows who lives: each says so again and again, and is taken for dead when it was silent for several
/// beats. Leases are another matter: they are short, and belong to whoever holds them.
public enum Liveness {
    /// How often a gateway says that it lives (``RedisNames/gateways``).
    public static let gatewayBeat = Duration.seconds(5)
    /// A gateway silent for so long is dead, and its sockets with it.
    public static let gatewayTimeout = Duration.seconds(15)
    /// How often a process tells operators that it lives (``RedisNames/services``).
    public static let processBeat = Duration.seconds(2)
    /// A process silent for so long is shown as dead.
    public static let processTimeout = Duration.seconds(15)
}
