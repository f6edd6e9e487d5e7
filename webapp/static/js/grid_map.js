// A position on the small map of the grid and back: the map says where its corner lies and how much a pixel is.
self.gridMap = {
  place(map, name, { latitude, longitude }) {
    const mark = map?.querySelector(`[data-${name}]`);
    if (!mark) return;
    const { west, north, lon, lat } = map.dataset;
    mark.setAttribute("transform", `translate(${(longitude - west) / lon} ${(north - latitude) / lat})`);
    mark.setAttribute("visibility", "visible");
  },
  point(map, event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const { west, north, lon, lat } = map.dataset;
    return { longitude: Number(west) + x * lon, latitude: north - y * lat };
  },
};
