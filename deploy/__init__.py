"""What starts and holds up the house's servers: local portal, local scheduler, images. No part of the engine."""
