// swift-tools-version: 6.2
import PackageDescription

// One set of flags for every target: changing a flag rebuilds the whole graph.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let concurrencyHelpers = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")

/// A module in `Shared/`, with its tests beside those of the others.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], tests: [Target.Dependency] = [],
    resources: [Resource] = []
) -> [Target] {
    [
        .target(
            name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources,
            swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies + tests,
            path: "Tests/\(name)Tests", swiftSettings: settings),
    ]
}

/// A C library of the system, seen through `shims.h`.
func cLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A service: its library in `Sources`, its four-line executable in `Main`.
func service(
    _ name: String, _ dependencies: [Target.Dependency], tests: [Target.Dependency] = [], resources: [Resource] = []
) -> [Target] {
    let library = name.prefix(1).uppercased() + name.dropFirst() + "Service"
    return [
        .target(
            name: library, dependencies: dependencies, path: "Services/\(name)/Sources", resources: resources,
            swiftSettings: settings),
        .executableTarget(
            name: name, dependencies: [.byName(name: library), "ServiceRuntime"], path: "Services/\(name)/Main",
            swiftSettings: settings),
        .testTarget(
            name: "\(library)Tests", dependencies: [.byName(name: library), "TestSupport"] + dependencies + tests,
            path: "Tests/\(library)Tests", swiftSettings: settings),
    ]
}

let package = Package(
    name: "squad-chat",
    products: [
        .executable(name: "gateway", targets: ["gateway"]),
        .executable(name: "chat", targets: ["chat"]),
        .executable(name: "notifier", targets: ["notifier"]),
        .executable(name: "integration", targets: ["integration"]),
        .executable(name: "squadctl", targets: ["squadctl"]),
    ],
    // Exact, so that every clone and every image is built from what was tested; raising one is a commit of its own.
    // What they need in turn is resolved within the ranges that they name.
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: [
        cLibrary("CHiredis", pkgConfig: "hiredis", apt: "libhiredis-dev"),
        cLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        cLibrary("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),

        .target(
            name: "TestSupport", dependencies: [nio, nioPosix, nioHTTP1, concurrencyHelpers, logging],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "TestSupport", "Domain", "JSON", "WireContract", "Redis", "Directory", "Database", nioPosix,
                concurrencyHelpers,
                logging, "gateway", "chat",
                "notifier", "integration", "squadctl",
            ],
            path: "Tests/EndToEndTests", swiftSettings: settings),
        .executableTarget(
            name: "squadctl",
            dependencies: [
                "Domain", "JSON", "WireContract", "Redis", "Directory", "WorkQueue", "Database", "ServiceRuntime",
                arguments,
                logging,
            ],
            path: "Tools/squadctl", swiftSettings: settings),
    ]
        + module("JSON")
        + module("Domain")
        + module("WireContract", ["Domain", "JSON"])
        + module(
            "Redis", ["CHiredis", nio, nioPosix, nioSSL, concurrencyHelpers, logging, lifecycle, collections],
            tests: [nioEmbedded])
        + module(
            "WorkQueue", ["Redis", logging, metrics, lifecycle, nio, concurrencyHelpers],
            resources: [
                .embedInCode("Partitions/Scripts"), .embedInCode("Streams/Scripts"), .embedInCode("Jobs/Scripts"),
            ])
        + module(
            "Directory", ["Domain", "JSON", "WireContract", "Redis", logging, lifecycle, concurrencyHelpers],
            resources: [.embedInCode("Scripts")])
        + module("Curl", ["CCurl", logging], tests: [nio, nioPosix, nioHTTP1])
        + module("Cryptography", ["COpenSSL"])
        + module("Database", [grdb, sqlite, logging])
        + module(
            "WebSocket",
            [nio, nioPosix, nioHTTP1, hummingbird, concurrencyHelpers, logging, collections], tests: [nioEmbedded])
        + module(
            "SuiteMembership", ["WireContract", "Redis", "ServiceRuntime", lifecycle, concurrencyHelpers],
            tests: [logging], resources: [.embedInCode("Scripts")])
        + module("ServiceRuntime", ["JSON", logging, metrics, lifecycle, hummingbird, nio])
        + service(
            "gateway",
            [
                "Domain", "JSON", "WireContract", "Redis", "Directory", "WorkQueue", "SuiteMembership", "WebSocket",
                "Cryptography",
                "ServiceRuntime",
                hummingbird, nio, nioPosix, concurrencyHelpers, logging, metrics, lifecycle, collections, jwt,
            ], tests: [nioEmbedded], resources: [.embedInCode("Scripts")])
        + service(
            "chat",
            [
                "Domain", "JSON", "WireContract", "Redis", "Directory", "WorkQueue", "SuiteMembership", "Database",
                "Cryptography",
                "ServiceRuntime", logging,
                metrics, lifecycle, nio, nioPosix, concurrencyHelpers, collections,
            ], resources: [.embedInCode("Store/Scripts")])
        + service(
            "notifier",
            [
                "Domain", "JSON", "WireContract", "Redis", "Directory", "WorkQueue", "SuiteMembership", "Curl",
                "Cryptography",
                "Database",
                "ServiceRuntime",
                logging, metrics, lifecycle, nio, concurrencyHelpers,
            ], tests: ["notifier"], resources: [.embedInCode("Rendering/Templates"), .embedInCode("Scripts")])
        + service(
            "integration",
            [
                "Domain", "JSON", "WireContract", "Redis", "Directory", "WorkQueue", "SuiteMembership",
                "ServiceRuntime",
                logging, metrics,
                lifecycle, nio,
                concurrencyHelpers,
            ], resources: [.embedInCode("Scripts")])
)
