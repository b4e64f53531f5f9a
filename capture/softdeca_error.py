"""The root of all named errors, and the tree of those that derive from it.

    SoftdecaError
    ├── CaptureError                    a camera, file, phone or port outside
    │   ├── PacketError                 bytes or a message that break docs/packet.md
    │   ├── TakeError                   a take that cannot be read or written
    │   ├── SourceError                 a camera or video that cannot be opened or read
    │   ├── TrackingModelError          the face landmarker model is missing or not the pinned one
    │   ├── PairingError                a phone that may not connect
    │   │   └── RefusedError            a phone's session refused or ended, with docs/packet.md's word for why
    │   ├── PortInUseError              another program has the port
    │   ├── MissingPageError            the phone page's packages are not installed
    │   ├── UnknownExpressionError      a name that no dialect of the ARKit expressions has
    │   ├── WeightsFileError            a file that is no recording of ARKit weights
    │   └── WeightsSpecError            ARKit weights on the command line that cannot be read or cannot be
    ├── OutputError                     a place that cannot be written to
    ├── HeadModelError                  a head model, identity or mesh that cannot be used
    ├── HeadFitError                    a scan or picture that cannot become a character
    ├── TissueSettingError              a material, gravity or bone setting that does not exist or is out of range
    ├── WeightsError                    a file of network weights that cannot be used
    ├── FrameFileError                  a file that holds no compiled frame
    ├── EvaluatorError                  an evaluator of frames that does not exist, or cannot run here
    │   └── LibraryError                the compiled frame is missing, or was built of other sources
    ├── DriverError                     a driver that a character has no networks for
    ├── CharacterError                  a character that cannot be used
    ├── SkinError                       a painted skin that does not ship
    ├── SimulationError                 the physics cannot answer
    │   ├── RestMeshError               nodes, tetrahedra or labels that cannot be simulated
    │   ├── MaterialRangeError          a material parameter outside its physical range
    │   ├── ActuationError              actuation that is not finite, symmetric and positive definite
    │   ├── PoseError                   a pose that is not finite, affine and invertible
    │   ├── LoadError                   gravity, a start, a step or damping that cannot be simulated
    │   ├── NotConvergedError           the solver stopped before its tolerance
    │   ├── InvertedResultError         the solver converged, but tetrahedra are turned inside out
    │   └── OverlapError                the solver converged, but surfaces still intersect
    ├── SolvedEditError                 an edit under which the head has no equilibrium at rest
    ├── DatasetError                    a dataset that cannot be used or made
    ├── ExportError                     a character that cannot be exported in this form
    │   ├── UnreadableModelError        a model file that is cut short, damaged, or none
    │   ├── MismatchedModelError        a model that differs from its description or from this version
    │   └── UnknownOperatorError        a Core ML program with an operator that only a Mac can evaluate
    ├── ParityError                     a model that does not compute the vertices of the character's own driver
    ├── BenchError                      a measurement that cannot be made
    │   ├── ReportError                 a file that is no report, or two that cannot be compared
    │   ├── BudgetError                 a budget that is no time
    │   ├── DeviceError                 a handset that cannot be measured
    │   │   └── ToolError               a program that is missing, or whose answer cannot be read
    │   └── BrowserError                a browser that is missing, or a page that gave no result
    ├── MissingExtraError               a package is missing that an optional extra brings
    └── UsageError                      arguments of the command line that contradict each other

Every message has one form: "Expected X, got Y. Do Z."
"""


class SoftdecaError(Exception):
    """Bad input; the command line prints the message and exits with `exit_status`."""

    exit_status = 2
